/** The process that the program runs in, as far as it is touched: two streams of text and a signal. */

/** A stream that text is written to; `isTTY` and `columns` as on `process.stderr`. */
export interface TextStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** All that the program touches of the process that it runs in. */
export interface ProcessContext {
  stdout: TextStream
  stderr: TextStream
  /** aborted by the first Ctrl-C */
  signal: AbortSignal
}
