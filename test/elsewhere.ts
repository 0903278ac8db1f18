/** What the tests of a queue and of Slurm share: a small sweep, and how its results are compared with those made here. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { lastCheckpoint } from '../src/runs/record.ts'

/** Writes a sweep of two runs for each seed, of which one diverges, unless other rates are given. */
export function writeSmallSweep(
  path: string,
  data: string,
  seeds?: readonly number[],
  epochs = 2,
  rates: readonly number[] = [0.05, 1e30],
): void {
  const train = {
    net: 'small',
    size: 16,
    batch: 12,
    epochs,
    dim: 8,
    holdOutClasses: 0.5,
    checkpointEvery: 0.2,
  }
  const grid = { objective: ['epshn'], lr: rates, seed: seeds }
  writeFileSync(path, JSON.stringify({ data, train, grid }))
}

/**
 * The content of all files that hold numbers, by their paths. Times stand in the others. The last checkpoint of a run that
 * diverged is left out: it is the one before, and how long before depends on the machine's speed.
 */
export function contents(root: string): Map<string, string> {
  const names = readdirSync(root, { recursive: true }).map(String)
  const found = names.filter(
    name =>
      /\.(safetensors|arrow|csv)$/.test(name) &&
      !name.startsWith('attempts') &&
      !(name.endsWith(lastCheckpoint) && hasDiverged(join(root, dirname(dirname(name))))),
  )
  return new Map(found.sort().map(name => [name, readFileSync(join(root, name)).toString('base64')]))
}

const hasDiverged = (run: string): boolean =>
  JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')).status === 'diverged'
