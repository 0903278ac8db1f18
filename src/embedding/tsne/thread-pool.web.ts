/**
 * The thread pool in a browser: Web Workers. The page must be cross-origin isolated to share memory; elsewhere one thread
 * runs where it was asked for, between the tasks of the page or of its worker.
 */
import { GlasshouseError } from '../../base/errors.ts'
import { type Answer, kernelThread, type Order, type StartThread, type Thread } from './thread-pool.ts'

const program = `(${kernelThread})(obey => { onmessage = event => obey(event.data) }, answer => postMessage(answer))`

/** As many as may be had. */
export const webThreads = (): number =>
  globalThis.crossOriginIsolated ? Math.min(64, navigator.hardwareConcurrency) : 1

export const startWebThread: StartThread = (answered, threads) => {
  if (!globalThis.crossOriginIsolated) {
    if (threads === 1) return startHere(answered)
    throw new GlasshouseError({
      code: 'shared-memory-missing',
      what: 'this page may not share memory between threads',
      hint: 'Serve it with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp',
      fault: 'machine',
    })
  }
  const address = URL.createObjectURL(new Blob([program], { type: 'text/javascript' }))
  const worker = new Worker(address)
  worker.onmessage = (event: MessageEvent<Answer>) => {
    URL.revokeObjectURL(address)
    answered(event.data)
  }
  worker.onerror = event => answered(event.message)
  return { post: order => worker.postMessage(order), terminate: () => worker.terminate() }
}

/** One thread meets nobody at its barriers, so it never waits, and its memory is handed to nobody. */
function startHere(answered: (answer: Answer) => void): Thread {
  const { port1: orders, port2: thread } = new MessageChannel()
  let obey: ((order: Order) => void) | undefined
  kernelThread(given => {
    obey = given
  }, answered)
  // The order itself stays here: a shared memory may not be sent.
  const waiting: Order[] = []
  thread.onmessage = () => {
    const order = waiting.shift()
    if (order) obey?.(order)
  }
  return {
    post(order) {
      waiting.push(order)
      orders.postMessage(null)
    },
    terminate: () => orders.close(),
  }
}
