/** /api/jobs, /api/job, /api/queue: what waits, runs and has ended. */
import { Hono } from 'hono'
import { GlasshouseError } from '../../base/errors.ts'
import type { JobList } from '../api.ts'
import { readied } from '../asked.ts'
import { askedSchema } from '../asked-schema.ts'
import { settingsSchema } from '../jobs/queue.ts'
import { bodyOf, numberOr, word } from '../request.ts'
import type { Studio } from '../studio.ts'

export const jobRoutes = (studio: Studio): Hono => {
  const { queue } = studio
  return new Hono()
    .get('/api/jobs', c => c.json({ jobs: queue.list() } satisfies JobList))
    .post('/api/jobs', async c => {
      const asked = await bodyOf(c, askedSchema)
      return c.json(await queue.add(specFile => readied(studio, asked, specFile)))
    })
    .get('/api/job', c => c.json(queue.job(word(c, 'job'))))
    .delete('/api/job', async c => {
      await queue.forget(word(c, 'job'))
      return c.json({})
    })
    .get('/api/job/log', async c => c.json(await queue.log(word(c, 'job'), numberOr(c, 'from', 0))))
    .get('/api/job/preview', async c => {
      const found = await queue.preview(word(c, 'job'), word(c, 'name'))
      if (!found)
        throw new GlasshouseError({ code: 'file-missing', what: 'there is no such preview (any more)' })
      if ('points' in found) return c.json(found.points)
      return c.body(new Uint8Array(found.png), 200, { 'Content-Type': 'image/png' })
    })
    .post('/api/job/cancel', async c => c.json(await queue.cancel(word(c, 'job'))))
    .post('/api/job/retry', async c => c.json(await queue.retry(word(c, 'job'))))
    .put('/api/queue', async c => c.json(await queue.setSettings(await bodyOf(c, settingsSchema))))
}
