/**
 * A signature by ECDSA as a JWS carries it, r and s side by side and each of the length of a coordinate (RFC 7518 section 3.4), from
 * the sequence of two integers that cryptographic libraries write (RFC 3279 section 2.2.3). Ours writes it: it is not checked.
 */
export const joinSignature = (sequence: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> => {
  const joined = new Uint8Array(2 * bytes)
  // One byte of a type and one of a length, or two where it begins with 0x81.
  const first = sequence[1] === 0x81 ? 3 : 2
  const second = first + 2 + (sequence[first + 1] ?? 0)
  copyInteger(sequence, first, joined.subarray(0, bytes))
  copyInteger(sequence, second, joined.subarray(bytes))
  return joined
}

/** An integer has a zero in front where its first bit is set, and no other; it is filled up with zeros here. */
const copyInteger = (sequence: Uint8Array, at: number, target: Uint8Array): void => {
  const integer = sequence.subarray(at + 2, at + 2 + (sequence[at + 1] ?? 0))
  const digits = integer.subarray(Math.max(0, integer.length - target.length))
  target.set(digits, target.length - digits.length)
}
