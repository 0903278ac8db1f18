/** /api/runs, /api/run: what was trained and looked at. */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Hono } from 'hono'
import { GlasshouseError } from '../../base/errors.ts'
import { isLocked } from '../../runs/lock.node.ts'
import { logFile, parseLog } from '../../runs/log.node.ts'
import { predictionsName, readPredictions } from '../../runs/predictions.node.ts'
import type { EpochLine, StepLine } from '../../runs/record.ts'
import type { Predictions, RunList, RunLog } from '../api.ts'
import { numberOr, word } from '../request.ts'
import { readResult, runDetail, runPlace } from '../run-detail.ts'
import type { Studio } from '../studio.ts'

/** Milliseconds after which the list is sent as far as it was read: thousands of logs take longer the first time. */
const patience = 300

export const runRoutes = (studio: Studio): Hono => {
  const { folders, catalogue, events } = studio
  return new Hono()
    .get('/api/runs', async c => {
      const { runs, isWhole } = await catalogue.soon(patience)
      return c.json({ runs, ...(!isWhole && { more: true }) } satisfies RunList)
    })
    .get('/api/run', async c => c.json(await runDetail(studio, word(c, 'run'))))
    .get('/api/run/log', async c => {
      const place = await runPlace(folders, word(c, 'run'))
      return c.json(await logOf(place, numberOr(c, 'steps', 2000, { least: 2, most: 200_000 })))
    })
    .get('/api/run/predictions', async c => {
      const run = word(c, 'run')
      const found = await readPredictions(await runPlace(folders, run))
      if (!found)
        throw new GlasshouseError({
          code: 'file-missing',
          what: `there is no ${predictionsName}: the run is no classifier, or has not finished`,
          where: run,
          hint: 'The lens `mistakes` finds out what a classifier says of each image',
        })
      return c.json(found satisfies Predictions)
    })
    .get('/api/run/result', async c => {
      const run = word(c, 'run')
      const result = await readResult(await runPlace(folders, run))
      if (result) return c.json(result)
      throw new GlasshouseError({
        code: 'file-missing',
        what: 'there is no result.json that can be read',
        where: run,
        hint: 'The command has not finished',
      })
    })
    .delete('/api/run', async c => {
      const run = word(c, 'run')
      const place = await runPlace(folders, run)
      if (await isLocked(place))
        throw new GlasshouseError({
          code: 'run-locked',
          what: 'a process is at work in this run',
          where: run,
          hint: 'Cancel its job first',
        })
      const trash = join(studio.own, 'trash')
      await mkdir(trash, { recursive: true })
      await rename(place, join(trash, `${basename(place)}-${randomBytes(4).toString('hex')}`))
      events.noteRuns()
      return c.json({})
    })
}

async function logOf(place: string, mostSteps: number): Promise<RunLog> {
  const text = await readFile(logFile(place)).catch(() => Buffer.alloc(0))
  const whole = text.subarray(0, text.lastIndexOf(10) + 1)
  const { lines, damage } = parseLog(whole.toString('utf8'))
  const epochs = lines.filter((line): line is EpochLine => line.kind === 'epoch')
  const steps = lines.filter((line): line is StepLine => line.kind === 'step')
  const every = Math.max(1, Math.ceil(steps.length / mostSteps))
  return {
    epochs,
    steps: steps.filter((_, at) => at % every === 0 || at === steps.length - 1),
    ofSteps: steps.length,
    next: whole.length,
    ...(damage && { damage: `line ${damage.line}: ${damage.fault}` }),
  }
}
