/** Carries a planned run out, from its data to its page. What `train` and `demo` share. */

import { counting } from '../base/work.ts'
import type { Dataset } from '../data/dataset.ts'
import { svgToPng } from '../figures/files.node.ts'
import type { Network } from '../nets/network.ts'
import { objectiveNamed } from '../objectives/registry.ts'
import type { OutputContext } from '../runtime/context.ts'
import { fixedLayer } from '../training/freezing.ts'
import { readLog } from './folder.node.ts'
import { openModel, startingNetwork } from './open-model.node.ts'
import type { RunRecord } from './record.ts'
import { type DrawnRun, drawRun } from './report.node.ts'
import { type TrainOutcome, train } from './train.node.ts'
import { prepareData, withFeatures } from './training-data.node.ts'

export interface CarriedOut extends DrawnRun {
  outcome: TrainOutcome
  /** at its best epoch */
  network: Network
}

/** Trains in `folder` from where the run stands to its end, and draws it. `dataset` is divided as the record says. */
export async function carryOut(
  context: OutputContext,
  folder: string,
  record: RunRecord,
  dataset: Dataset,
  checkpointEvery = 60,
): Promise<CarriedOut> {
  const { signal, note, progress } = context
  const { balanced } = objectiveNamed(record.objective)
  const pictures = await prepareData(record, dataset, {
    balanced,
    signal,
    onProgress: counting(context, 'decoding'),
  })
  const start = await startingNetwork(record, folder)
  const engine = await context.engine()
  const layer = fixedLayer(start, record.training)
  const onProgress = counting(context, `features of ${layer}`)
  const data = layer
    ? await withFeatures(engine, start, pictures, layer, {
        signal,
        onProgress: done => onProgress(done, dataset.items.length),
      })
    : pictures
  const outcome = await train(
    { engine, folder, signal, checkpointEvery, note, progress },
    record,
    data,
    start,
  )
  const { network } = await openModel(folder)
  const drawn = await drawRun({ record, log: await readLog(folder), data, network, engine })
  return { outcome, network, ...drawn }
}

/** Lays drawings beside the page, each as SVG and as PNG. */
export async function writeDrawings(
  context: OutputContext,
  drawings: Readonly<Record<string, string>>,
  prefix = '',
): Promise<void> {
  for (const [name, svg] of Object.entries(drawings)) {
    await context.write(`${prefix}${name}.svg`, svg)
    await context.write(`${prefix}${name}.png`, await svgToPng(svg))
  }
}
