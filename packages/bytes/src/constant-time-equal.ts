/**
 * Whether two byte strings are equal, in time that depends on their lengths alone. Compare hashes with it, not
 * secrets of different lengths: the length itself is not hidden.
 */
export const constantTimeEqual = (left: Uint8Array, right: Uint8Array): boolean => {
  if (left.length !== right.length) return false
  let difference = 0
  for (let i = 0; i < left.length; i++) difference |= (left[i] ?? 0) ^ (right[i] ?? 0)
  return difference === 0
}
