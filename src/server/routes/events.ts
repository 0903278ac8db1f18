/** /api/events: one stream of server-sent events for each page. */
import { Hono } from 'hono'
import { GlasshouseError } from '../../base/errors.ts'
import type { Studio } from '../studio.ts'
import { watchRuns } from '../watch.ts'

/** A page watches what it shows. */
const mostWatched = 8

export const eventRoutes = (studio: Studio): Hono =>
  new Hono().get('/api/events', async c => {
    const names = c.req.queries('run') ?? []
    if (names.length > mostWatched)
      throw new GlasshouseError({
        code: 'option-value',
        what: 'too many runs to watch at once',
        path: ['run'],
        expected: `at most ${mostWatched}`,
        got: String(names.length),
      })
    // The run of a job that waits is an empty folder so far.
    for (const name of names) await studio.folders.ofRun(name)
    const reader = studio.events.open()
    if (!reader)
      throw new GlasshouseError({
        code: 'busy',
        what: 'too many pages are open',
        hint: 'Close some of them',
        fault: 'machine',
      })
    // A browser that was cut off says how far it had come.
    const seen = c.req.header('last-event-id')
    const from = seen ? seen.split('.') : (c.req.queries('from') ?? [])
    reader.send('jobs', { jobs: studio.queue.list() })
    if (names.length)
      watchRuns(studio, reader, names, from.map(offsetOf)).catch(error => {
        if (!reader.signal.aborted) console.error(error)
      })
    return c.body(reader.stream, 200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    })
  })

const offsetOf = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : 0)
