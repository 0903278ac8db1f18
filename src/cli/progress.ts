/**
 * What a command tells on standard error while it works: a bar with rate and time left on a terminal, plain
 * lines at sensible intervals elsewhere (a log file, a pipe), nothing under --quiet.
 */

import { printableLines } from '../base/printable.ts'
import type { Progress } from '../base/work.ts'
import type { TextStream } from './streams.ts'

export interface Teller {
  note(text: string): void
  progress(label: string, total: number, from?: number): Progress
}

const redrawEvery = 100
/** On a plain stream a line comes after five seconds, or after every tenth of the work, but never in a rush. */
const lineEvery = 5000
const lineAtMostEvery = 500

const silent: Teller = { note() {}, progress: () => ({ update() {}, done() {} }) }

/** `now` gives milliseconds. */
export function createTeller(stream: TextStream, quiet: boolean, now = () => performance.now()): Teller {
  if (quiet) return silent
  return stream.isTTY ? terminalTeller(stream, now) : plainTeller(stream, now)
}

function terminalTeller(stream: TextStream, now: () => number): Teller {
  let bar = ''
  const draw = (line: string) => {
    bar = line.slice(0, Math.max(20, (stream.columns ?? 80) - 1))
    stream.write(`\r\x1b[2K${bar}`)
  }
  return {
    note(given) {
      const text = printableLines(given)
      if (bar) stream.write('\r\x1b[2K')
      stream.write(`${text}\n${bar}`)
    },
    progress(label, total, from = 0) {
      const started = now()
      let drawn = Number.NEGATIVE_INFINITY
      let last = ''
      return {
        update(done, note) {
          last = state({ label, done, total, from, elapsed: now() - started, note, bar: true })
          if (now() - drawn < redrawEvery) return
          drawn = now()
          draw(last)
        },
        done() {
          draw(last || label)
          bar = ''
          stream.write('\n')
        },
      }
    },
  }
}

function plainTeller(stream: TextStream, now: () => number): Teller {
  return {
    note: text => stream.write(`${printableLines(text)}\n`),
    progress(label, total, from = 0) {
      const started = now()
      let written = started
      let tenth = 0
      let pending = ''
      const tell = () => {
        stream.write(`${pending}\n`)
        written = now()
        pending = ''
      }
      return {
        update(done, note) {
          pending = state({ label, done, total, from, elapsed: now() - started, note, bar: false })
          const since = now() - written
          const reached = Math.floor((10 * done) / total)
          if (since < lineEvery && (reached <= tenth || since < lineAtMostEvery)) return
          tenth = reached
          tell()
        },
        done() {
          if (pending) tell()
        },
      }
    },
  }
}

interface State {
  label: string
  done: number
  total: number
  from: number
  elapsed: number
  note?: string
  bar: boolean
}

function state({ label, done, total, from, elapsed, note, bar }: State): string {
  const share = total > 0 ? Math.min(1, done / total) : 1
  const filled = Math.round(20 * share)
  const rate = elapsed > 0 ? (1000 * (done - from)) / elapsed : 0
  const left = rate > 0 && share < 1 ? `${duration((total - done) / rate)} left` : duration(elapsed / 1000)
  return [
    label,
    bar && `${'█'.repeat(filled)}${'░'.repeat(20 - filled)}`,
    `${Math.floor(100 * share)} %`,
    `${done}/${total}`,
    rate > 0 && rateText(rate),
    left,
    note,
  ]
    .filter(Boolean)
    .join('  ')
}

/** Slow work is easier to read as seconds for one than as a small fraction per second. */
function rateText(rate: number): string {
  if (rate >= 100) return `${Math.round(rate)}/s`
  return rate >= 1 ? `${rate.toPrecision(3)}/s` : `${(1 / rate).toPrecision(3)} s each`
}

/** Seconds as m:ss or h:mm:ss. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  const two = (part: number) => String(part % 60).padStart(2, '0')
  const minutes = Math.floor(whole / 60)
  return minutes < 60
    ? `${minutes}:${two(whole)}`
    : `${Math.floor(minutes / 60)}:${two(minutes)}:${two(whole)}`
}
