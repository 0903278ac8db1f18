/**
 * The same in TensorFlow.js, on its WebAssembly with threads: a ResNet18 with random weights to its last stage, the
 * gradient of the mean square for the image, and a step. It is not among our packages; where it is missing, `tfjsSeconds`
 * says so. `npm install --no-save @tensorflow/tfjs@4 @tensorflow/tfjs-backend-wasm@4` brings it.
 */
import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { sharedBrowser } from '../../test/browser.ts'
import type { Dreamer } from './dreams.ts'
import { keepNames } from './frames.ts'

const packages = join(import.meta.dirname, '../../node_modules/@tensorflow')
const core = join(packages, 'tfjs/dist/tf.min.js')
const wasm = join(packages, 'tfjs-backend-wasm/dist')
const files: Readonly<Record<string, string>> = {
  '/tf.min.js': core,
  '/tf-backend-wasm.min.js': join(wasm, 'tf-backend-wasm.min.js'),
}

/** Cross-origin isolated, so that WebAssembly may have threads. */
function serve(): { origin: string; close(): void } {
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    const file = files[path] ?? (path.endsWith('.wasm') ? join(wasm, basename(path)) : undefined)
    response.setHeader('Content-Type', typeOf(path))
    if (file) createReadStream(file).pipe(response)
    else response.end('<!doctype html><title>tfjs</title>')
  }).listen(0)
  const { port } = server.address() as AddressInfo
  return { origin: `http://localhost:${port}`, close: () => server.close() }
}

const typeOf = (path: string): string =>
  path.endsWith('.js') ? 'text/javascript' : path.endsWith('.wasm') ? 'application/wasm' : 'text/html'

interface Tensor {
  dispose(): void
  data(): Promise<Float32Array>
}
interface Tf {
  setBackend(name: string): Promise<boolean>
  ready(): Promise<void>
  tidy<T>(run: () => T): T
  grad(of: (x: Tensor) => Tensor): (x: Tensor) => Tensor
  randomNormal(shape: number[], mean: number, deviation: number): Tensor
  randomUniform(shape: number[]): Tensor
  add(a: Tensor, b: Tensor | number): Tensor
  mul(a: Tensor, b: number): Tensor
  div(a: Tensor, b: Tensor): Tensor
  square(x: Tensor): Tensor
  mean(x: Tensor): Tensor
  sqrt(x: Tensor): Tensor
  relu(x: Tensor): Tensor
  zeros(shape: number[]): Tensor
  conv2d(x: Tensor, filter: Tensor, strides: number, pad: 'same'): Tensor
  maxPool(x: Tensor, side: number, strides: number, pad: 'same'): Tensor
  wasm: { setWasmPaths(path: string): void; setThreadsCount(count: number): void; getThreadsCount(): number }
}

/** Seconds of a step, its gradient included, or why there are none. */
export async function tfjsSeconds(net: Dreamer, size: number, threads: number): Promise<number | string> {
  if (!existsSync(core)) return 'not installed'
  // Its WebAssembly has no kernel for the gradient of a depthwise convolution (4.22).
  if (net !== 'resnet18') return 'has no such gradient'
  const server = serve()
  const page = await (await sharedBrowser()).newPage()
  try {
    await page.goto(server.origin)
    await keepNames(page)
    for (const url of Object.keys(files)) await page.addScriptTag({ url })
    return await page.evaluate(
      async ({ size, threads }) => {
        const { tf } = window as unknown as { tf: Tf }
        tf.wasm.setWasmPaths('/')
        tf.wasm.setThreadsCount(threads)
        await tf.setBackend('wasm')
        await tf.ready()
        const conv = (from: number, to: number, side: number, stride: number) => {
          const filter = tf.randomNormal([side, side, from, to], 0, Math.sqrt(2 / (side * side * from)))
          const bias = tf.zeros([to])
          return (x: Tensor) => tf.add(tf.conv2d(x, filter, stride, 'same'), bias)
        }
        const unit = (from: number, to: number, stride: number) => {
          const [first, second] = [conv(from, to, 3, stride), conv(to, to, 3, 1)]
          const shortcut = from === to ? undefined : conv(from, to, 1, stride)
          return (x: Tensor) => tf.relu(tf.add(second(tf.relu(first(x))), shortcut?.(x) ?? x))
        }
        const stem = conv(3, 64, 7, 2)
        const units = [64, 128, 256, 512].flatMap((to, at) => [
          unit(at ? to / 2 : to, to, at ? 2 : 1),
          unit(to, to, 1),
        ])
        const objective = (x: Tensor) =>
          tf.mean(tf.square(units.reduce((y, next) => next(y), tf.maxPool(tf.relu(stem(x)), 3, 2, 'same'))))
        const gradient = tf.grad(objective)
        let image = tf.randomUniform([1, size, size, 3])
        const step = async () => {
          const next = tf.tidy(() => {
            const slope = gradient(image)
            const size = tf.add(tf.sqrt(tf.mean(tf.square(slope))), 1e-8)
            return tf.add(image, tf.mul(tf.div(slope, size), 0.02))
          })
          image.dispose()
          image = next
          await image.data()
        }
        for (let time = 0; time < 3; time++) await step()
        const began = performance.now()
        for (let time = 0; time < 20; time++) await step()
        return (performance.now() - began) / 20_000
      },
      { size, threads },
    )
  } finally {
    await page.close()
    server.close()
  }
}
