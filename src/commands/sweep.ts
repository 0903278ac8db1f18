/** `sweep SPEC`: a grid of training runs, and one plot of them all. */
import { join } from 'node:path'
import { z } from 'zod'
import { percent } from '../base/percent.ts'
import { requireEffect, withOption } from '../options/needs.ts'
import type { SweepFinding } from '../runs/sweep/report.node.ts'
import { defineCommand } from './command.ts'
import { runnerOptions } from './runner-options.ts'

const options = z.object({
  parallel: z
    .number()
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe('runs at once; as many as the cores allow')
    .meta({ needs: [withOption('on', 'local')] }),
  ...runnerOptions,
})

export const sweep = defineCommand({
  name: 'sweep',
  summary: 'a grid of training runs (objectives x rates x seeds ...), then one plot',
  description:
    'SPEC is JSON: {"data": DATA, "train": {options of train}, "grid": {"objective": [...], "lr": [...], "seed": [...], ...}}. An objective may carry options: {"name": "epshn", "order": 2}. Every run is a process and a folder of its own; one that diverges or fails is recorded and the others go on. The same command with the same --out goes on where it stood.',
  arguments: [
    { name: 'spec', kind: 'sweep', description: 'a JSON file; data paths in it start from its folder' },
  ],
  options,
  examples: [
    { line: 'sweep rates.json --out runs/rates', does: 'Train the grid, or go on with it' },
    {
      line: 'sweep rates.json --out /shared/rates --on queue --queue redis://queue.lab:6379',
      does: 'The same by the workers of a queue',
    },
    {
      line: 'sweep rates.json --out /shared/rates --on slurm --partition cpu --time 4:00:00 --at-most 20',
      does: 'The same by 20 jobs of Slurm at once',
    },
  ],
  check: (_, values, given) => requireEffect(options, given, values),
  async run(context, { spec: path }, { parallel, on, dryRun, ...wishes }) {
    const [
      { openSweep, carryOutSweep, failureOf },
      { countAttempts },
      { bestOf, drawSweep },
      { pageOf },
      { openRunner, scriptFor },
      { clearClaims },
    ] = await Promise.all([
      import('../runs/sweep/carry-out.node.ts'),
      import('../runs/sweep/runner.ts'),
      import('../runs/sweep/report.node.ts'),
      import('../figures/page.node.ts'),
      import('../runs/open-runner.node.ts'),
      import('../runs/units/claim.node.ts'),
    ])
    const plan = await openSweep(path)
    const folder = await context.out()
    const threads = context.threads ?? plan.spec.threads
    const where = on === 'local' ? { on } : { ...wishes, on, folder, threads }
    if (dryRun && where.on === 'slurm') {
      const { runUnit } = await import('../runs/units/ask.node.ts')
      const { data } = plan
      const units = plan.runs.map(run =>
        runUnit({ ...run, folder: join(folder, 'runs', run.name), data, threads }),
      )
      const script = await scriptFor(where, units)
      return { metrics: { script }, summary: script }
    }
    const { takes: runner, shown, close } = await openRunner(where, plan, context)
    const counted = countAttempts(runner)
    // Slurm gets all units in one list, and as many jobs as it is to have.
    const atOnce = { local: parallel, queue: wishes.atMost ?? plan.runs.length, slurm: plan.runs.length }[on]
    const findings = await carryOutSweep(context, plan, folder, counted, {
      threads,
      parallel: atOnce,
    }).finally(close)
    if (on !== 'local' && findings.every(({ status }) => status === 'finished' || status === 'diverged'))
      await clearClaims(folder)
    for (const name of ['sweep.json', 'runs']) context.made(join(folder, name))
    return {
      metrics: {
        ...metricsOf(findings, bestOf(findings)),
        units: findings.length,
        attempts: counted.attempts(),
      },
      parameters: shown,
      failure: failureOf(findings, folder),
      draw: () => pageOf(context, 'sweep', drawSweep(findings)),
      summary: summaryOf(findings),
    }
  },
})

const metricsOf = (findings: readonly SweepFinding[], best: SweepFinding | undefined) => ({
  runs: findings,
  best: best && {
    name: best.name,
    series: best.series,
    rate: best.rate,
    seed: best.seed,
    score: best.score,
  },
})

/** A terminal shows as many lines as a person reads; the page and result.json have more. */
const mostLines = 200

function summaryOf(findings: readonly SweepFinding[]) {
  const rows = findings.slice(0, mostLines).map(({ series, rate, seed, status, score }) => ({
    run: series,
    rate: String(rate),
    seed: String(seed),
    'recall at 1': score === undefined ? '' : percent(score),
    status: String(status),
  }))
  const left = findings.length - rows.length
  return left
    ? [...rows, { run: `and ${left} more`, rate: '', seed: '', 'recall at 1': '', status: '' }]
    : rows
}
