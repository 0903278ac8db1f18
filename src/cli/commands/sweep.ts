/** `sweep SPEC`: a grid of training runs, and one picture of them all. */
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { z } from 'zod'
import { GlasshouseError } from '../../base/errors.ts'
import { fileError, writeFileAtomic } from '../../base/files.node.ts'
import { version } from '../../base/version.node.ts'
import { renderReport } from '../../figures/report.ts'
import { type CommandContext, defineCommand } from '../command.ts'

export const sweep = defineCommand({
  name: 'sweep',
  summary: 'a grid of training runs (objectives x rates x seeds ...), then one picture',
  description:
    'SPEC is JSON: {"data": DATA, "train": {options of train}, "grid": {"objective": [...], "lr": [...], "seed": [...], ...}}. An objective may carry options: {"name": "epshn", "order": 2}. Every run is a process and a folder of its own; one that diverges or fails is recorded and the others go on. The same command with the same --out goes on where it stood.',
  arguments: [{ name: 'spec', description: 'a JSON file; data paths in it start from its folder' }],
  options: z.object({
    parallel: z
      .number()
      .int()
      .min(1)
      .max(1024)
      .optional()
      .describe('runs at once; as many as the cores allow'),
  }),
  examples: [{ line: 'sweep rates.json --out runs/rates', does: 'Train the grid, or go on with it' }],
  async run(context, { spec: path }, options) {
    const [{ readSpec, planSweep }, { carryOutSweep }, { findingOf, bestOf, drawSweep }, { writeDrawings }] =
      await Promise.all([
        import('../../runs/sweep/plan.ts'),
        import('../../runs/sweep/local.node.ts'),
        import('../../runs/sweep/report.node.ts'),
        import('../../runs/carry-out.node.ts'),
      ])
    const text = await readFile(path, 'utf8').catch(error => {
      throw fileError(error, path)
    })
    const spec = readSpec(text, path)
    const planned = planSweep(spec, path)
    const data = isAbsolute(spec.data) ? spec.data : resolve(dirname(path), spec.data)
    const folder = await context.out()
    const state = join(folder, 'sweep.json')
    await requireSameSweep(state, { data, train: spec.train })
    const threads = context.threads ?? spec.threads
    const parallel =
      options.parallel ?? spec.parallel ?? Math.max(1, Math.floor(availableParallelism() / threads))

    const known = new Map<string, { status: string; error?: string }>()
    const save = () =>
      writeFileAtomic(
        state,
        `${JSON.stringify({ format: 1, data, train: spec.train, grid: spec.grid, runs: Object.fromEntries(known) }, null, 2)}\n`,
      )
    for (const [name, run] of Object.entries(await savedRuns(state))) known.set(name, run)
    await save()
    const progress = context.progress('runs', planned.length)
    let ended = 0
    const runs = await carryOutSweep(planned, {
      folder: join(folder, 'runs'),
      data,
      threads,
      parallel: Math.min(parallel, planned.length),
      signal: context.signal,
      async changed({ name, status, error }) {
        known.set(name, { status, error })
        await save()
        if (status === 'diverged' || status === 'failed') context.note(`${name} ${status}: ${error}`)
        if (status !== 'running') progress.update(++ended, name)
      },
    })
    progress.done()
    const findings = await Promise.all(
      runs.map(async run => {
        const error = run.status === 'finished' ? undefined : (run.error ?? known.get(run.name)?.error)
        return findingOf({ ...run, error })
      }),
    )
    for (const name of ['sweep.json', 'runs']) context.made(join(folder, name))
    const { report, drawings } = drawSweep(findings)
    await writeDrawings(context, drawings)
    return summarise(context, findings, bestOf(findings), report)
  },
})

type Findings = Awaited<ReturnType<typeof import('../../runs/sweep/report.node.ts')['findingOf']>>[]
type Drawn = ReturnType<typeof import('../../runs/sweep/report.node.ts')['drawSweep']>

function summarise(
  { seed }: CommandContext,
  findings: Findings,
  best: Findings[number] | undefined,
  report: Drawn['report'],
) {
  const percent = (share?: number) => (share === undefined ? '' : `${(100 * share).toFixed(1)} %`)
  return {
    metrics: {
      runs: findings,
      best: best && {
        name: best.name,
        series: best.series,
        rate: best.rate,
        seed: best.seed,
        score: best.score,
      },
    },
    report: renderReport({ ...report, footer: `glasshouse ${version}  sweep  seed ${seed}` }),
    summary: findings.map(({ series, rate, seed, status, score }) => ({
      run: series,
      rate,
      seed,
      'recall at 1': percent(score),
      status,
    })),
  }
}

interface Saved {
  data: string
  train: object
  runs: Record<string, { status: string; error?: string }>
}

async function readState(path: string): Promise<Saved | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Saved)
}

const savedRuns = async (path: string): Promise<Saved['runs']> => (await readState(path))?.runs ?? {}

/** A sweep may grow by values of its grid; what all runs share must stay, or they could not be compared. */
async function requireSameSweep(path: string, { data, train }: Pick<Saved, 'data' | 'train'>): Promise<void> {
  const before = await readState(path)
  if (!before) return
  if (before.data === data && JSON.stringify(before.train) === JSON.stringify(train)) return
  throw new GlasshouseError({
    code: 'sweep-changed',
    what: 'the sweep in this folder has other data or other options of train',
    where: path,
    hint: 'Name another folder with --out; only the grid may change',
  })
}
