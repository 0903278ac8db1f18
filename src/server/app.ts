/** The studio as one function from request to answer: the fences first, then the routes. */
import { Hono } from 'hono'
import { GlasshouseError } from '../base/errors.ts'
import { errorOf } from './errors.ts'
import { fence, type Guard, guard, isRead } from './guard.ts'
import { commandRoutes } from './routes/commands.ts'
import { dataRoutes } from './routes/data.ts'
import { eventRoutes } from './routes/events.ts'
import { fileRoutes } from './routes/files.ts'
import { filmRoutes } from './routes/film.ts'
import { jobRoutes } from './routes/jobs.ts'
import { modelRoutes } from './routes/models.ts'
import { noRoute, pageRoutes } from './routes/page.ts'
import { runRoutes } from './routes/runs.ts'
import { stateRoutes } from './routes/state.ts'
import { uploadRoutes } from './routes/upload.ts'
import { vectorRoutes } from './routes/vectors.ts'
import type { Studio } from './studio.ts'

/** @param report takes faults of the program, which are not shown to the reader */
export function createApp(studio: Studio, guarded: Guard, report: (error: unknown) => void): Hono {
  const app = new Hono()
  app.onError((error, c) => {
    const { status, body } = errorOf(error)
    if (status === 500 && !studio.work.signal.aborted) report(error)
    // What is left of a body is not waited for.
    if (status === 413 || status === 408) c.header('Connection', 'close')
    return c.json(body, status)
  })
  app.notFound(() => {
    throw noRoute()
  })
  app.use(fence)
  app.use(guard(guarded))
  app.use(async (c, next) => {
    if (studio.readOnly && !isRead(c) && c.req.path !== '/api/check')
      throw new GlasshouseError({
        code: 'read-only',
        what: 'this studio only shows results',
        hint: 'Start it without --read-only to train and to change things',
      })
    await next()
  })
  // The page comes last: it takes every address that is left.
  const routes = [
    stateRoutes,
    runRoutes,
    eventRoutes,
    fileRoutes,
    dataRoutes,
    uploadRoutes,
    commandRoutes,
    jobRoutes,
    modelRoutes,
    vectorRoutes,
    filmRoutes,
    pageRoutes,
  ]
  for (const each of routes) app.route('/', each(studio))
  return app
}
