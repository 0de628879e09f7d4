/** A server's words for a terminal: no control character but line ends and tabs, none that changes the direction of the text. */
export const printable = (text: string): string =>
  text.replaceAll(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, "\uFFFD")
