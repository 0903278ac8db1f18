/** Carries runs out in this process, with its engine: for programs that train by themselves, and for tests. */
import { GlasshouseError } from '../../base/errors.ts'
import type { Context } from '../../runtime/context.ts'
import { beginRun, continueRun } from '../carry-out.node.ts'
import type { Runner } from './runner.ts'

/** `threads` of a sweep do not apply: the engine of the context has its own. */
export const inlineRunner = (context: Context): Runner => ({
  async run({ folder, data, begun, options, seed }, { signal, emit }) {
    const own: Context = { ...context, seed, signal, emit }
    try {
      if (begun)
        await continueRun(own, folder, {
          objective: options.objective,
          checkpointEvery: options.checkpointEvery,
        })
      else await beginRun(own, data, options, folder)
      return { status: 'finished' }
    } catch (error) {
      if (signal.aborted) return { status: 'waiting' }
      if (!(error instanceof GlasshouseError)) throw error
      const diverged = error.code === 'diverged' || error.code === 'not-finite'
      return { status: diverged ? 'diverged' : 'failed', error: error.message.replace(`${folder}: `, '') }
    }
  },
})
