/** How something stands, as a word with a colour; while it runs, how far it is. */
const looks: Readonly<Record<string, string>> = {
  finished: 'good',
  running: 'busy',
  waiting: 'calm',
  stopped: 'calm',
  cancelled: 'calm',
  interrupted: 'warn',
  diverged: 'bad',
  damaged: 'bad',
  failed: 'bad',
}

export const StateMark = ({
  state,
  progress,
  title,
}: {
  state: string
  progress?: number
  title?: string
}) => (
  <span class={`state ${looks[state] ?? 'calm'}`} title={title}>
    {state}
    {progress !== undefined && <b> {Math.floor(100 * progress)} %</b>}
  </span>
)
