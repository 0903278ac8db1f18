/**
 * Steps of a dream in a page, on WebAssembly: forward to the last maps of a network with random weights, the gradient
 * for the image, and the step. Two dreams of different length are timed, so that what is made once does not count.
 */
import { webPages } from '../../test/browser.ts'
import { keepNames } from './frames.ts'

interface Web {
  createEngine(options: { threads: number }): Promise<unknown>
  initialParameters(plan: unknown, seed: number): unknown
  lensNamed(name: string): Promise<unknown>
  runLens(lens: unknown, given: unknown, options: unknown, context: unknown): Promise<unknown>
}

/** The networks, with the last layer whose maps are the objective. */
export const dreamers = { resnet18: 'stage4', mobilenet_v2: 'top' } as const
export type Dreamer = keyof typeof dreamers

export async function dreamSeconds(net: Dreamer, size: number, threads: number): Promise<number> {
  const pages = await webPages()
  const page = await pages.open()
  await keepNames(page)
  const seconds = await page.evaluate(
    async ({ net, layer, size, threads }) => {
      const web = (window as unknown as { tested: Web }).tested
      const engine = await web.createEngine({ threads })
      const plan = {
        net,
        head: { kind: 'classes', classes: Array.from({ length: 1000 }, (_, at) => `class ${at}`) },
        preprocessing: { size, resize: size, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
      }
      const network = { ...plan, parameters: web.initialParameters(plan, 0) }
      const data = Uint8Array.from({ length: 3 * size * size }, (_, at) => (at * 7919) % 251)
      const picture = { width: size, height: size, data }
      const lens = await web.lensNamed('dream')
      const dream = async (steps: number) => {
        const began = performance.now()
        await web.runLens(
          lens,
          { model: { network, source: net }, image: { path: 'noise', picture } },
          { layer: [layer], steps, octaves: 1 },
          { engine },
        )
        return (performance.now() - began) / 1000
      }
      await dream(2)
      const [few, many] = [5, 25]
      return ((await dream(many)) - (await dream(few))) / (many - few)
    },
    { net, layer: dreamers[net], size, threads },
  )
  await pages.close()
  return seconds
}
