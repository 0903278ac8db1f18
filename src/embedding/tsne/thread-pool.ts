/**
 * The thread pool: threads that run the kernel over one shared memory. Every order goes to all threads at once, and
 * an order is done when all have answered. Inside an order the threads meet at barriers of their own, so the
 * calling thread is needed, and may draw or answer a server, only between orders.
 *
 * A thread's whole program is `kernelThread` below, which is sent as source text. It is the same for worker
 * threads of Node (`thread-pool.node.ts`) and Web Workers (`thread-pool.web.ts`), and needs no file to be found at run time.
 */
import { GlasshouseError } from '../../base/errors.ts'
import { kernelBase64 } from './kernel.wasm.ts'

export type KernelFunction = 'descend' | 'assess' | 'neighbours'

export type Order =
  | { module: WebAssembly.Module; memory: WebAssembly.Memory; thread: number; threads: number }
  | { call: KernelFunction; parameters: number[] }

/** null when done, else what went wrong */
export type Answer = string | null

export interface Thread {
  post(order: Order): void
  terminate(): unknown
}

/** @param threads how many are started together */
export type StartThread = (answered: (answer: Answer) => void, threads: number) => Thread

export interface ThreadPool {
  readonly threads: number
  /** gives all threads a memory to work on */
  use(memory: WebAssembly.Memory): Promise<void>
  /** calls a function of the kernel in all threads */
  run(call: KernelFunction, ...parameters: number[]): Promise<void>
  /** ends the threads; an order under way is given up */
  close(): Promise<void>
}

/** The program of a thread. It is turned into text, so it refers to nothing outside itself. */
export function kernelThread(
  listen: (obey: (order: Order) => void) => void,
  answer: (answer: Answer) => void,
): void {
  let thread = 0
  let threads = 1
  let kernel: WebAssembly.Exports = {}
  listen(order => {
    try {
      if ('memory' in order) {
        thread = order.thread
        threads = order.threads
        const words = new Int32Array(order.memory.buffer)
        const sleep = (address: number, value: number) => Atomics.wait(words, address >>> 2, value)
        const imports = { env: { memory: order.memory }, barrier: { sleep } }
        kernel = new WebAssembly.Instance(order.module, imports).exports
      } else {
        const call = kernel[order.call] as (...parameters: number[]) => void
        call(thread, threads, ...order.parameters)
      }
      answer(null)
    } catch (error) {
      answer(String(error))
    }
  })
}

let compiled: Promise<WebAssembly.Module> | undefined

const kernelModule = (): Promise<WebAssembly.Module> =>
  (compiled ??= WebAssembly.compile(Uint8Array.from(atob(kernelBase64), c => c.charCodeAt(0))))

/** Starts the threads; close the pool when done with it. */
export async function startThreadPool(start: StartThread, threads: number): Promise<ThreadPool> {
  if (!Number.isInteger(threads) || threads < 1 || threads > 64) {
    throw new GlasshouseError({
      code: 'option-invalid',
      where: 'threads',
      what: 'this is not a number of threads',
      expected: 'a whole number from 1 to 64',
      got: String(threads),
    })
  }
  const module = await kernelModule()
  let waiting = 0
  let settle: { done(): void; failed(error: Error): void } | undefined
  const answered = (answer: Answer) => {
    if (answer !== null) {
      // The others may wait at a barrier for the one that failed: end them all.
      for (const member of members) member.terminate()
      waiting = 0
      settle?.failed(new Error(`t-SNE kernel: ${answer}`))
    } else if (--waiting === 0) {
      settle?.done()
    }
  }
  const members = Array.from({ length: threads }, () => start(answered, threads))
  const order = (orderFor: (thread: number) => Order) =>
    new Promise<void>((done, failed) => {
      if (waiting > 0) throw new Error('the thread pool is still busy: await its last order first')
      waiting = threads
      settle = { done, failed }
      members.forEach((member, thread) => {
        member.post(orderFor(thread))
      })
    })
  return {
    threads,
    use: memory => order(thread => ({ module, memory, thread, threads })),
    run: (call, ...parameters) => order(() => ({ call, parameters })),
    close: async () => {
      settle?.failed(new Error('the thread pool was closed'))
      await Promise.all(members.map(member => member.terminate()))
    },
  }
}
