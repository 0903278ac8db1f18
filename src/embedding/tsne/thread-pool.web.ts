/** The thread pool in a browser: Web Workers. The page must be cross-origin isolated to share memory. */
import { GlasshouseError } from '../../base/errors.ts'
import { type Answer, kernelThread, type StartThread } from './thread-pool.ts'

const program = `(${kernelThread})(obey => { onmessage = event => obey(event.data) }, answer => postMessage(answer))`

export const startWebThread: StartThread = answered => {
  if (!globalThis.crossOriginIsolated) {
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
