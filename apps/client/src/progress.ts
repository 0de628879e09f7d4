/** Where progress is written: standard error. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined
  readonly write: (text: string) => unknown
}

const SECOND = 1000

/** Says that the program waits: on a terminal a line that counts seconds and goes away, elsewhere one line. Returns its end. */
export const startProgress = (text: string, stream: ProgressStream = process.stderr): (() => void) => {
  if (stream.isTTY !== true) {
    stream.write(`${text}.\n`)
    return () => undefined
  }
  let seconds = 0
  const show = () => stream.write(`\r${text}, ${seconds++} s (Ctrl-C ends)`)
  show()
  const timer = setInterval(show, SECOND)
  return () => {
    clearInterval(timer)
    stream.write("\r\u001B[K")
  }
}
