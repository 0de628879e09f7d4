/**
 * Makes dice that always fall alike (xorshift, Marsaglia 2003), for what is no secret and only has to be spread: which entry of
 * a full cache leaves. Whatever a peer must not guess is drawn with `randomBytes`.
 */
export const makeDice = (): ((sides: number) => number) => {
  let state = 0x9e3779b9
  return (sides) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % sides
  }
}
