/** Trainings and sweeps as a program starts them, without the command line. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { seedlings } from '../../test/seedlings.ts'
import { gate } from '../../test/thorough.ts'
import { keepForms } from '../runtime/calibration.node.ts'
import { createContext } from '../runtime/context.node.ts'
import type { Context } from '../runtime/context.ts'
import { beginRun, continueRun } from './carry-out.node.ts'
import { readRecord } from './folder.node.ts'
import { logFile, readLog } from './log.node.ts'
import { checkpointName } from './record.ts'
import { carryOutSweep, failureOf, openSweep } from './sweep/carry-out.node.ts'
import { inlineRunner } from './sweep/inline-runner.node.ts'
import { processRunner } from './sweep/process-runner.node.ts'
import { type TrainOptions, trainOptions } from './train-options.ts'

const place = mkdtempSync(join(tmpdir(), 'glasshouse-runs-'))
const recipe = { net: 'small', size: 16, batch: 24, epochs: 2 }
const options = (more: object = {}): TrainOptions => trainOptions.parse({ ...recipe, lr: 0.05, ...more })
const built = existsSync(new URL('../../dist/cli/main.js', import.meta.url))

interface Watched {
  context: Context
  notes: string[]
}

/** @param onStep is called with the number of steps that are done in all */
function watched(onStep: (steps: number, stop: () => void) => void = () => {}): Watched {
  const notes: string[] = []
  const stop = new AbortController()
  let steps = 0
  const context = createContext({
    threads: 1,
    signal: stop.signal,
    emit(event) {
      if (event.kind === 'note') notes.push(event.text)
      if (event.kind === 'progress' && event.stage.startsWith('epoch'))
        onStep(++steps, () => stop.abort(new Error('stopped by the test')))
    },
  })
  return { context, notes }
}

let folders = 0
const fresh = () => join(place, `run-${folders++}`)
const begin = (folder: string, watch = watched(), more: object = {}) =>
  beginRun(watch.context, data, options(more), folder)
const checkpoints = (folder: string) => readdirSync(join(folder, 'checkpoints')).sort()

let data = ''
beforeAll(async () => {
  data = await seedlings()
})

describe('a training', () => {
  it.runIf(gate)(
    'leaves a run that says how good it is, and a page that is drawn when it is asked for',
    async () => {
      const folder = fresh()
      const { outcome, draw } = await begin(folder)
      expect(outcome.record).toMatchObject({ status: 'finished', epochs: 2 })
      expect(outcome.steps).toBe(2 * Math.ceil(outcome.record.data.images.train / 24))
      expect(outcome.computing).toBeGreaterThan(0)
      expect(outcome.computing).toBeLessThan(1)
      expect(checkpoints(folder)).toEqual([
        'epoch-0000.safetensors',
        'epoch-0001.safetensors',
        'epoch-0002.safetensors',
        'last.safetensors',
      ])
      expect(existsSync(join(folder, 'run.lock'))).toBe(false)
      expect(existsSync(join(folder, 'index.html'))).toBe(false)
      const { report, drawings } = await draw()
      expect(Object.keys(drawings).sort()).toEqual(['confusion', 'loss', 'score'])
      expect(report.title).toBe('A trained classifier')
    },
  )

  it.runIf(gate)('is alone in its folder, however many are started there at once', async () => {
    const folder = fresh()
    const ends = await Promise.allSettled([1, 2, 3, 4].map(() => begin(folder, watched(), { epochs: 1 })))
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const end of ends) if (end.status === 'rejected') expect(end.reason.code).toBe('run-locked')
    const steps = (await readLog(folder)).filter(({ kind }) => kind === 'step')
    expect(steps.map(line => line.step)).toEqual(steps.map((_, step) => step))
    await expect(begin(folder)).rejects.toThrow('there is a run in this folder already')
  })

  it('that is stopped goes on, also when the signal comes in an evaluation, and ends with the same bytes', async () => {
    const [calm, stopped] = [fresh(), fresh()]
    await begin(calm)
    const watch = watched((steps, stop) => steps === 5 && stop())
    await expect(begin(stopped, watch)).rejects.toThrow('stopped by the test')
    expect((await readRecord(stopped)).status).toBe('stopped')
    await continueRun(watched().context, stopped, { checkpointEvery: 60 })
    for (const name of checkpoints(calm)) {
      const [one, other] = [calm, stopped].map(run => readFileSync(join(run, 'checkpoints', name)))
      expect(one.equals(other), name).toBe(true)
    }
  })

  it('keeps the forms that its machine was calibrated to, wherever it goes on', async () => {
    const [usual, calm, stopped] = [fresh(), fresh(), fresh()]
    const cache = process.env.GLASSHOUSE_CACHE
    const forms = { foldUpTo: 1, rowsFrom: 1, blocksFrom: 1 }
    try {
      process.env.GLASSHOUSE_CACHE = join(place, 'cache')
      await keepForms(await watched().context.engine(), forms)
      await begin(usual, watched(), { forms: 'usual' })
      await begin(calm)
      await expect(
        begin(
          stopped,
          watched((steps, stop) => steps === 3 && stop()),
        ),
      ).rejects.toThrow('stopped')
    } finally {
      if (cache === undefined) delete process.env.GLASSHOUSE_CACHE
      else process.env.GLASSHOUSE_CACHE = cache
    }
    await continueRun(watched().context, stopped, { checkpointEvery: 60 })
    const last = (run: string) => readFileSync(join(run, checkpointName(2)))
    expect((await readRecord(usual)).forms).toBeUndefined()
    expect((await readRecord(stopped)).forms).toEqual(forms)
    expect(last(stopped).equals(last(calm))).toBe(true)
    expect(last(usual).equals(last(calm))).toBe(false)
  })

  it.runIf(gate)(
    'that is prolonged ends with the bytes of a longer one, where the rate is constant',
    async () => {
      const [long, short] = [fresh(), fresh()]
      const plain = { schedule: 'constant', ema: 0.9 }
      await begin(long, watched(), { ...plain, epochs: 2 })
      await begin(short, watched(), { ...plain, epochs: 1 })
      const { outcome } = await continueRun(watched().context, short, { checkpointEvery: 60, epochs: 2 })
      expect(outcome.record.training.extensions).toEqual([{ at: 1, before: 1 }])
      for (const name of checkpoints(long)) {
        const [one, other] = [long, short].map(run => readFileSync(join(run, 'checkpoints', name)))
        expect(one.equals(other), name).toBe(true)
      }
      await expect(continueRun(watched().context, short, { checkpointEvery: 60, epochs: 1 })).rejects.toThrow(
        'epochs: the run has more epochs already (expected at least 2, got 1)',
      )
    },
  )

  it.runIf(gate)(
    'ends early where no epoch is better, says so, and goes on where it is prolonged',
    async () => {
      const folder = fresh()
      const watch = watched()
      // Nothing is learned at this rate by weights or by statistics, so the first epoch stays the best.
      const { outcome } = await begin(folder, watch, {
        lr: 1e-9,
        epochs: 9,
        patience: 2,
        schedule: 'constant',
        freezeBn: true,
      })
      expect(outcome.record).toMatchObject({ status: 'finished', epochs: 3, best: { epoch: 1 } })
      expect(outcome.steps).toBe(3 * Math.ceil(outcome.record.data.images.train / 24))
      expect(watch.notes.join('\n')).toContain(
        'training ends after epoch 3 of 9: none of the last 2 was better',
      )
      const idle = watched()
      await continueRun(idle.context, folder, { checkpointEvery: 60 })
      expect((await readRecord(folder)).epochs).toBe(3)
      expect(idle.notes.join('\n')).toContain('the run has ended early, with a patience of 2')
      await continueRun(watched().context, folder, { checkpointEvery: 60, epochs: 4 })
      expect(await readRecord(folder)).toMatchObject({ status: 'finished', epochs: 4 })
    },
  )

  it.runIf(gate)('learns from mixed images and weighted classes', async () => {
    const folder = fresh()
    const watch = watched()
    const more = {
      mixup: 0.2,
      cutmix: 1,
      randAugment: 9,
      classWeights: 'balanced',
      set: ['focal=2'],
      epochs: 1,
    }
    const { outcome } = await begin(folder, watch, more)
    expect(outcome.record.objectiveOptions).toMatchObject({ focal: 2, classWeights: new Array(12).fill(1) })
    expect(outcome.record.training).toMatchObject({
      mixing: { mixup: 0.2, cutmix: 1 },
      classWeights: 'balanced',
    })
    expect(outcome.loss).toBeGreaterThan(0)
    expect(outcome.scored.f1).toHaveLength(12)
  })

  it.runIf(gate)('notices that its log is gone, keeps its state, and goes on with a note', async () => {
    const folder = fresh()
    const watch = watched(steps => steps === 3 && rmSync(logFile(folder)))
    await expect(begin(folder, watch)).rejects.toThrow(/log\.ndjson: the log of the run was removed/)
    const again = watched()
    const { outcome } = await continueRun(again.context, folder, { checkpointEvery: 60 })
    expect(outcome.record.status).toBe('finished')
    expect(again.notes.join('\n')).toMatch(/the log lacks \d+ of the \d+ steps/)
  })

  it.runIf(gate)('notices that a checkpoint is gone', async () => {
    const folder = fresh()
    const watch = watched(steps => steps === 3 && rmSync(join(folder, checkpointName(0))))
    await expect(begin(folder, watch)).rejects.toThrow(/epoch-0000.safetensors: a checkpoint was removed/)
  })

  it.each([
    [{ objective: 'epshn', batch: 4, perClass: 4 }, 'images of one class only'],
    [{ objective: 'epshn', batch: 5 }, 'images of one class only'],
    [{ objective: 'epshn', batch: 24, perClass: 5 }, 'divided evenly'],
    [{ objective: 'epshn', batch: 60, perClass: 2 }, 'more classes than the data has'],
    [{ objective: 'epshn', holdOut: 0.05 }, 'no test image has a classmate'],
    [{ freeze: 'stage9' }, 'no such layer'],
    [{ weights: 'nowhere.safetensors' }, 'nowhere.safetensors'],
  ])('of %j is refused before an image is decoded', async (more, message) => {
    const folder = fresh()
    const stages: string[] = []
    const { context } = watched()
    const own: Context = {
      ...context,
      emit(event) {
        if (event.kind === 'stage') stages.push(event.stage)
      },
    }
    // A size of its own, so that nothing of it is in the cache.
    await expect(beginRun(own, data, options({ size: 18, ...more }), folder)).rejects.toThrow(message)
    expect(stages.filter(stage => stage !== 'reading')).toEqual([])
  })
})

describe.skipIf(!built)('an objective of a file', () => {
  const written = (weight: number) => {
    const file = join(place, 'mine.ts')
    const gram = readFileSync(new URL('../../examples/objectives/gram.ts', import.meta.url), 'utf8')
    writeFileSync(file, gram.replace('default(1)', `default(${weight})`))
    return file
  }

  it.runIf(gate)('trains, is recorded, and goes on only where the same file is named once more', async () => {
    const objective = written(1)
    const folder = fresh()
    const watch = watched((steps, stop) => steps === 5 && stop())
    await expect(begin(folder, watch, { objective })).rejects.toThrow('stopped by the test')
    const record = await readRecord(folder)
    expect(record).toMatchObject({
      objective: 'gram',
      objectiveOptions: { weight: 1 },
      head: { kind: 'embedding' },
    })
    expect(record.objectiveFile).toEqual({ path: objective, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
    const again = (more: object) => continueRun(watched().context, folder, { checkpointEvery: 60, ...more })
    await expect(again({})).rejects.toThrow(`Add --objective ${objective}`)
    await expect(again({ objective: written(2) })).rejects.toThrow('not the one that the run began with')
    const { outcome } = await again({ objective: written(1) })
    expect(outcome.record.status).toBe('finished')
  })

  it.runIf(gate)('of which a run knows nothing is refused', async () => {
    const folder = fresh()
    await begin(folder, watched(), { epochs: 1 })
    await expect(
      continueRun(watched().context, folder, { checkpointEvery: 60, objective: written(1) }),
    ).rejects.toThrow('did not begin with an objective of its own')
  })

  it.runIf(gate)(
    'stands in a sweep by its path from there, and must not change between two calls',
    async () => {
      written(1)
      const path = join(place, 'own.json')
      const grid = { objective: ['ep', 'mine.ts', { name: './mine.ts', weight: 3 }] }
      writeFileSync(path, JSON.stringify({ data, train: { ...recipe, epochs: 1 }, grid }))
      const plan = await openSweep(path)
      expect(plan.runs.map(({ name, series }) => [name, series])).toEqual([
        ['ep', 'ep'],
        ['gram', 'gram'],
        ['gram-weight-3', 'gram weight 3'],
      ])
      const folder = fresh()
      const only = { ...plan, runs: plan.runs.slice(1, 2) }
      const findings = await carryOutSweep(watched().context, only, folder, processRunner)
      expect(findings.map(({ status, error }) => [status, error])).toEqual([['finished', undefined]])
      written(2)
      const changed = await openSweep(path)
      const { context } = watched()
      await expect(carryOutSweep(context, changed, folder, inlineRunner(context))).rejects.toThrow(
        'not the one that the sweep began with',
      )
    },
  )
})

describe('a sweep', () => {
  const spec = (name: string, grid: object, train: object = {}) => {
    const path = join(place, `${name}.json`)
    writeFileSync(path, JSON.stringify({ data, train: { ...recipe, epochs: 1, ...train }, grid }))
    return openSweep(path)
  }

  it.runIf(gate)('is carried out in this process, past runs that diverge or fail', async () => {
    const { context, notes } = watched()
    const plan = await spec('inline', { lr: [0.05, 1e30], perClass: [4, 7] }, { objective: 'epshn' })
    const findings = await carryOutSweep(context, plan, fresh(), inlineRunner(context))
    expect(findings.map(({ status }) => status)).toEqual(['finished', 'failed', 'diverged', 'failed'])
    expect(findings[1].error).toContain('divided evenly')
    expect(notes.some(note => note.includes('diverged'))).toBe(true)
    expect(failureOf(findings, 'here')).toBeUndefined()
  })

  it('fails as a whole where none of its runs finishes', async () => {
    const { context } = watched()
    const folder = fresh()
    const plan = await spec('failing', { perClass: [5, 7] }, { objective: 'epshn' })
    const findings = await carryOutSweep(context, plan, folder, inlineRunner(context), { parallel: 2 })
    expect(failureOf(findings, folder)?.message).toMatch(/all 2 runs failed .*divided evenly/)
  })

  it.skipIf(!gate || !built)('is carried out by processes, and goes on where it stood', async () => {
    const folder = fresh()
    const plan = await spec('processes', { seed: [0] })
    const first = await carryOutSweep(watched().context, plan, folder, processRunner)
    expect(first.map(({ status, error }) => [status, error])).toEqual([['finished', undefined]])
    const { context } = watched(() => {
      throw new Error('nothing is left to train')
    })
    expect(await carryOutSweep(context, plan, folder, inlineRunner(context))).toEqual(first)
  })

  it.runIf(gate)('does not share its folder with another', async () => {
    const folder = fresh()
    const plan = await spec('shared', { seed: [0] })
    const { context } = watched()
    const both = [0, 1].map(() => carryOutSweep(context, plan, folder, inlineRunner(context)))
    const ends = await Promise.allSettled(both)
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})
