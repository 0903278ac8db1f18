/**
 * What a command shows on standard error while it works, made of the events of the work: a bar with rate and time left
 * on a terminal, plain lines at sensible intervals elsewhere (a log file, a pipe), nothing under --quiet. Parts that are
 * carried out in processes of their own, such as the runs of a sweep, are not shown one by one.
 */
import { printable, printableLines } from '../base/printable.ts'
import type { Unit, Work, WorkEvent } from '../base/work.ts'
import type { TextStream } from './streams.ts'

type Emit = Work['emit']

const redrawEvery = 100
/** On a plain stream a line comes after five seconds, or after every tenth of the work, but never in a rush. */
const lineEvery = 5000
const lineAtMostEvery = 500

/** `now` gives milliseconds. */
export function createReporter(stream: TextStream, quiet: boolean, now = () => performance.now()): Emit {
  if (quiet) return () => {}
  const report = stream.isTTY ? terminalReporter(stream, now) : plainReporter(stream, now)
  // What else a part says is about a stage that was not begun here.
  return event => {
    if (!('of' in event)) report(event)
  }
}

interface OpenStage {
  stage: string
  total: number
  from: number
  unit?: Unit
  started: number
  /** the last progress; undefined before the first */
  last?: { done: number; note?: string; at: number }
}

/**
 * One bar at the foot of the terminal: of the stage that began last, where stages are nested or run side by side. A
 * stage that ends leaves its line above the bar.
 */
function terminalReporter(stream: TextStream, now: () => number): Emit {
  const open = new Map<number, OpenStage>()
  let bar = ''
  let drawn = Number.NEGATIVE_INFINITY
  const draw = (stage: OpenStage) => {
    bar = state(stage, true).slice(0, Math.max(20, (stream.columns ?? 80) - 1))
    stream.write(`\r\x1b[2K${bar}`)
  }
  const front = () => [...open.values()].findLast(({ last }) => last)
  return event => {
    switch (event.kind) {
      case 'note':
        if (bar) stream.write('\r\x1b[2K')
        stream.write(`${printableLines(event.text)}\n${bar}`)
        break
      case 'stage':
        open.set(event.id, begun(event, now()))
        break
      case 'progress': {
        const stage = open.get(event.id)
        if (!stage) return
        stage.last = { ...event, at: now() }
        if (stage !== front() || now() - drawn < redrawEvery) return
        drawn = now()
        draw(stage)
        break
      }
      case 'end': {
        const stage = open.get(event.id)
        open.delete(event.id)
        if (!stage?.last) return
        draw(stage)
        bar = ''
        stream.write('\n')
        const next = front()
        if (next) draw(next)
      }
    }
  }
}

function plainReporter(stream: TextStream, now: () => number): Emit {
  const open = new Map<number, OpenStage & { written: number; tenth: number; isPending: boolean }>()
  return event => {
    if (event.kind === 'note') stream.write(`${printableLines(event.text)}\n`)
    else if (event.kind === 'stage') {
      const started = now()
      open.set(event.id, { ...begun(event, started), written: started, tenth: 0, isPending: false })
    } else if (event.kind === 'progress' || event.kind === 'end') {
      const stage = open.get(event.id)
      if (!stage) return
      if (event.kind === 'progress') {
        stage.last = { ...event, at: now() }
        stage.isPending = true
        const since = now() - stage.written
        const reached = Math.floor((10 * event.done) / event.total)
        if (since < lineEvery && (reached <= stage.tenth || since < lineAtMostEvery)) return
        stage.tenth = reached
      } else open.delete(event.id)
      if (stage.isPending) stream.write(`${state(stage, false)}\n`)
      stage.written = now()
      stage.isPending = false
    }
  }
}

const begun = (event: WorkEvent & { kind: 'stage' }, started: number): OpenStage => ({ ...event, started })

function state({ stage, total, from, unit, started, last }: OpenStage, bar: boolean): string {
  const { done, note, at } = last ?? { done: from, at: started }
  const elapsed = at - started
  const share = total > 0 ? Math.min(1, done / total) : 1
  const filled = Math.round(20 * share)
  const rate = elapsed > 0 ? (1000 * (done - from)) / elapsed : 0
  const left = rate > 0 && share < 1 ? `${duration((total - done) / rate)} left` : duration(elapsed / 1000)
  const scale = unit === 'bytes' ? 1e6 : 1
  const counted = (value: number) => String(scale === 1 ? value : Math.round((10 * value) / scale) / 10)
  return [
    printable(stage) + (unit === 'bytes' ? ', MB' : ''),
    bar && `${'█'.repeat(filled)}${'░'.repeat(20 - filled)}`,
    `${Math.floor(100 * share)} %`,
    `${counted(done)}/${counted(total)}`,
    rate > 0 && rateText(rate / scale),
    left,
    note && printable(note),
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
