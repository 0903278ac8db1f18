/** The thread pool in Node: worker threads. */
import { Worker } from 'node:worker_threads'
import { type Answer, kernelThread, type StartThread } from './thread-pool.ts'

const program = `const { parentPort } = require('node:worker_threads')
;(${kernelThread})(obey => parentPort.on('message', obey), answer => parentPort.postMessage(answer))`

export const startNodeThread: StartThread = answered => {
  const worker = new Worker(program, { eval: true })
  worker.on('message', (answer: Answer) => answered(answer))
  worker.on('error', error => answered(String(error)))
  return { post: order => worker.postMessage(order), terminate: () => worker.terminate() }
}
