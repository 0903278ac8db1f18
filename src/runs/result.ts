/** What every command leaves: the object that result.json holds and --json prints. */
export interface CommandResult {
  command: string
  version: string
  seed: number
  device: string
  seconds: number
  parameters: Record<string, unknown>
  metrics: Record<string, unknown>
  /** relative to the folder of result.json where they are inside it */
  files: string[]
}
