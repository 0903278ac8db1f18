/** Long work: how it shows its progress, how it says what a person should know, and how it is stopped. */

/** Progress of one stretch of work; `done` and the `total` it was opened with count whatever the work counts. */
export interface Progress {
  update(done: number, note?: string): void
  done(): void
}

export interface Work {
  /** aborted when the person stops the work; check it between steps */
  readonly signal: AbortSignal
  /** opens a stretch of `total` steps, of which `from` are done already */
  progress(label: string, total: number, from?: number): Progress
  /** a line for the person: a choice that was made, a file that was skipped */
  note(text: string): void
}

/** For work that learns its total on the way: a callback that opens the progress when it is first called. */
export function counting(
  { progress }: Pick<Work, 'progress'>,
  label: string,
): (done: number, total: number) => void {
  let open: Progress | undefined
  return (done, total) => {
    open ??= progress(label, total)
    open.update(done)
    if (done >= total) open.done()
  }
}
