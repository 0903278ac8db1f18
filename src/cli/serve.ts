/** The studio as the command line serves it: prints the link, opens a browser, and goes on until it is stopped. */
import { note, type Work } from '../base/work.ts'
import type { StudioWishes } from '../commands/command.ts'
import { hasBrowser, openBrowser } from './open-browser.ts'
import type { TextStream } from './streams.ts'

/** @param stdout gets the link as its first line: as JSON, or as a sentence */
export async function serve(
  work: Work,
  stdout: TextStream,
  json: boolean,
  { open, ...wishes }: StudioWishes,
): Promise<void> {
  // Loaded here, so that other commands do not wait for the server.
  const { startStudio } = await import('../server/serve.ts')
  const { signal } = work
  const running = await startStudio({ ...wishes, note: text => note(work, text) })
  stdout.write(`${json ? JSON.stringify({ url: running.url }) : `The studio: ${running.url}`}\n`)
  if (open && hasBrowser(stdout.isTTY === true)) openBrowser(running.url)
  if (!signal.aborted)
    await new Promise<void>(stopped => signal.addEventListener('abort', () => stopped(), { once: true }))
  await running.close()
}
