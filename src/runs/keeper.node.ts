/** Keeps what the training loop makes in the folder of a run: log, checkpoints, vectors and triplets of every epoch. */
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { writeInside } from '../base/files.node.ts'
import type { Tensor } from '../graph/tensor.ts'
import { mergeLora } from '../nets/lora.ts'
import type { Network, NetworkPlan } from '../nets/network.ts'
import { buildOutline } from '../nets/network.ts'
import {
  beginning,
  type EpochMeans,
  type FinishedStep,
  type Keeper,
  type Position,
} from '../training/loop.ts'
import type { TrainingPlan } from '../training/plan.ts'
import { keptParameter, type TrainingState, type TrainingStep } from '../training/step.ts'
import { encodeSafetensors } from '../weights/safetensors.ts'
import { writeCheckpoint } from './checkpoint.node.ts'
import { type EpochContext, evaluateEpoch } from './epoch.node.ts'
import { writeRecord } from './folder.node.ts'
import type { Lock } from './lock.node.ts'
import { openLog } from './log.node.ts'
import { checkpointName, type EpochLine, type RunRecord, type Scores } from './record.ts'
import type { TrainingData } from './training-data.node.ts'

export interface KeeperContext extends EpochContext {
  /** seconds between two checkpoints within an epoch */
  checkpointEvery: number
  lock: Lock
  /** called with the line of every epoch that was trained */
  onEpoch(line: EpochLine): void
}

export interface RunKeeper extends Keeper {
  /** writes the last checkpoint */
  save(position: Readonly<Position>): Promise<void>
  close(): void
}

/** @param plan of the network that `step` trains */
export function createKeeper(
  context: KeeperContext,
  record: RunRecord,
  data: TrainingData,
  plan: NetworkPlan,
  step: TrainingStep,
): RunKeeper {
  const { folder, lock, checkpointEvery } = context
  const log = openLog(folder)
  const present = new Set<string>()
  let savedAt = performance.now()

  const write = async (state: TrainingState, position: Readonly<Position>) => {
    lock.requireHeld()
    await writeCheckpoint(folder, state, position)
    savedAt = performance.now()
  }
  const save = async (position: Readonly<Position>) => write(await step.state(), position)

  return {
    async step({ epoch, step, loss, rate, statistics }: FinishedStep, position) {
      log.append({ kind: 'step', epoch, step, loss, rate, ...statistics })
      const isDue = performance.now() - savedAt > 1000 * checkpointEvery
      if (isDue && position.stepInEpoch < data.stepsPerEpoch) await save(position)
    },
    async epoch(epoch: number, means?: EpochMeans) {
      lock.requireHeld()
      const state = await step.state()
      const network = networkOfState(plan, state, record.training)
      const name = checkpointName(epoch)
      await writeInside(folder, name, encodeSafetensors(network.parameters, { epoch: String(epoch) }))
      await requireAll(folder, present.add(name))
      const line: EpochLine = {
        ...(await evaluateEpoch(context, record, network, data, epoch)),
        step: epoch * data.stepsPerEpoch,
        ...means,
      }
      log.append(line)
      choose(record, line)
      record.epochs = epoch
      await writeRecord(folder, record)
      await write(state, { ...beginning(), epoch })
      if (epoch > 0) context.onEpoch(line)
    },
    isEnough: () => isEnough(record),
    save,
    close: log.close,
  }
}

/**
 * The network with the parameters of a training, or their running means, and updates of low rank merged with the weights
 * that they stand beside; the optimiser's slots are left out.
 */
export function networkOfState(
  plan: NetworkPlan,
  state: TrainingState,
  { lora }: Pick<TrainingPlan, 'lora'> = {},
): Network {
  const built = buildOutline(plan, { lora })
  const parameters = new Map<string, Tensor>()
  for (const name of built.parameters.keys()) parameters.set(name, keptParameter(state, name)!)
  return { ...plan, parameters: lora ? mergeLora(parameters, lora, built.adapted) : parameters }
}

/** Whether the run has waited for a better epoch as long as it was to; from where it was prolonged it waits again. */
export function isEnough({ training: { patience, extensions = [] }, best, epochs }: RunRecord): boolean {
  if (patience === undefined || !best) return false
  return epochs - Math.max(best.epoch, extensions.at(-1)?.at ?? 0) >= patience
}

/** Makes the epoch the best so far, if it is: by its validation images, or by its test images where there are none. */
function choose(record: RunRecord, line: EpochLine): void {
  const [score, val] = [scoreOf(line), line.val && scoreOf(line.val)]
  if (line.epoch === 0 || score === undefined) return
  const { best } = record
  if (best && (val ?? score) <= (best.val ?? best.score)) return
  record.best = { epoch: line.epoch, score, ...(val !== undefined && { val }) }
}

const scoreOf = ({ accuracy, recall }: Scores): number | undefined => accuracy ?? recall?.['1']

/** Notices checkpoints that were removed since they were written. */
async function requireAll(folder: string, names: ReadonlySet<string>): Promise<void> {
  const place = join(folder, dirname(checkpointName(0)))
  const there = new Set(await readdir(place))
  const gone = [...names].filter(name => !there.has(basename(name)))
  if (!gone.length) return
  throw new GlasshouseError({
    code: 'run-disturbed',
    what: `${gone.length > 1 ? 'checkpoints were' : 'a checkpoint was'} removed while the run was training`,
    where: join(folder, gone[0]),
    fault: 'machine',
    hint: 'Resume the run to go on from where it stands; epochs whose checkpoints are gone cannot be opened',
  })
}
