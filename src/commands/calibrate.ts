/** `calibrate`: which forms of a convolution are fastest on this machine. */
import { z } from 'zod'
import { defineCommand } from './command.ts'

export const calibrateCommand = defineCommand({
  name: 'calibrate',
  summary: 'measure which forms of a convolution are fastest on this machine, for trainings to come',
  description:
    'Takes some seconds; nothing else should run meanwhile. What is found is kept in the cache folder for this engine, processor and number of threads. A training that begins afterwards uses it and records it in run.json, so that it ends with the same bytes wherever it goes on. Sweeps do not use it: their runs may go to several machines, which must agree.',
  arguments: [],
  options: z.object({}),
  examples: [{ line: 'calibrate', does: 'Once on each machine, or after the engine has changed' }],
  makesNothing: true,
  async run(context) {
    const [{ batch, calibrate }, { keepForms, processor }] = await Promise.all([
      import('../runtime/calibration.ts'),
      import('../runtime/calibration.node.ts'),
    ])
    const engine = await context.engine()
    const { forms, measured } = await calibrate(engine, context)
    context.made(await keepForms(engine, forms))
    const { device, threads } = engine
    return {
      metrics: { processor: processor(), device, threads, forms, measured },
      summary: measured.map(({ side, channels, convolution, kernelGradient }) => ({
        map: `${side} x ${side}`,
        channels: String(channels),
        'convolution, ms': convolution.plain.toFixed(1),
        folded: mark(convolution.folded, side ** 2 <= forms.foldUpTo && batch * side ** 2 < forms.blocksFrom),
        'in blocks': mark(convolution.inBlocks, batch * side ** 2 >= forms.blocksFrom),
        'gradient of the kernel, ms': kernelGradient.plain.toFixed(1),
        'by rows': mark(kernelGradient.byRows, side ** 2 >= forms.rowsFrom),
      })),
    }
  },
})

const mark = (milliseconds: number, isChosen: boolean) =>
  `${milliseconds.toFixed(1)}${isChosen ? ' (chosen)' : ''}`
