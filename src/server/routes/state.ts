/** /api/state: what the page asks first. */
import { availableParallelism } from 'node:os'
import { Hono } from 'hono'
import { version } from '../../base/version.node.ts'
import type { StudioState } from '../api.ts'
import type { Studio } from '../studio.ts'
import { mostUploaded } from './upload.ts'

export const stateRoutes = ({ readOnly, folders, queue }: Studio): Hono =>
  new Hono().get('/api/state', c => {
    const state: StudioState = {
      version,
      readOnly,
      folder: folders.base,
      runs: folders.runs,
      dataRoots: [...folders.roots],
      cores: availableParallelism(),
      queue: queue.settings(),
      limits: { upload: mostUploaded },
    }
    return c.json(state)
  })
