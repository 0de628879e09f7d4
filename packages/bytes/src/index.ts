export { decodeBase64Url, encodeBase64Url } from "./base64url.ts"
export { type Cipher, deriveCipher, makeCipher } from "./cipher.ts"
export { constantTimeEqual } from "./constant-time-equal.ts"
export { makeDice } from "./dice.ts"
export { importPublicKey } from "./import-public-key.ts"
export { randomBytes, RandomSource, randomText } from "./random.ts"
export { sha256, sha256Text } from "./sha256.ts"
export { isSignature, verifySignature } from "./signature.ts"
export { generateKeyPair, importPrivateKey, type KeyPairJwks, publicJwkOf, signBytes } from "./signing.ts"
export {
  isSameAlgorithm,
  isSignatureAlgorithm,
  type KeyShape,
  keyShape,
  type SignatureAlgorithm
} from "./signature-algorithm.ts"
