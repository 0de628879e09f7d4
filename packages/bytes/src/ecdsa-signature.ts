/**
 * A signature by ECDSA as a JWS carries it, r and s side by side and each of the length of a coordinate (RFC 7518 section 3.4), from
 * the sequence of two integers that cryptographic libraries write (RFC 3279 section 2.2.3). Ours writes it: it is not checked.
 */
export const joinSignature = (sequence: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> => {
  const joined = new Uint8Array(2 * bytes)
  // One byte of a type and one of a length, or two where it begins with 0x81.
  const first = sequence[1] === 0x81 ? 3 : 2
  const second = first + 2 + (sequence[first + 1] ?? 0)
  copyInteger(sequence, first, joined, { end: bytes, bytes })
  copyInteger(sequence, second, joined, { end: 2 * bytes, bytes })
  return joined
}

/** An integer has a zero in front where its first bit is set, and no other; here it is filled up with zeros, from its end on. */
const copyInteger = (
  sequence: Uint8Array,
  at: number,
  joined: Uint8Array,
  { bytes, end }: { readonly bytes: number; readonly end: number }
): void => {
  const length = sequence[at + 1] ?? 0
  const last = at + 1 + length
  // Byte by byte: a view of each part takes several times as long.
  for (let digit = 0; digit < Math.min(length, bytes); digit++) joined[end - 1 - digit] = sequence[last - digit] ?? 0
}
