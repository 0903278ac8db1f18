/** Opens an address in the browser of whoever sits at the machine; without one nothing happens. */
import { spawn } from 'node:child_process'

export function openBrowser(url: string): void {
  const [program, ...words] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', url]
        : ['xdg-open', url]
  const child = spawn(program, words, { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}

/** Whether somebody sits there: a terminal, and on Linux a display. */
export const hasBrowser = (isTerminal: boolean): boolean =>
  isTerminal &&
  !process.env.CI &&
  (process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY))
