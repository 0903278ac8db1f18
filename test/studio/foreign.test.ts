/** Another site, open in the browser of somebody who uses the studio: it learns nothing and changes nothing. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing } from '../browser.ts'
import { type TestStudio, testStudio } from '../studio.ts'
import { gate } from '../thorough.ts'
import { openPage } from './open.ts'

describe.skipIf(!gate || browserMissing)('a foreign page (skipped where there is no Chromium)', () => {
  let studio: TestStudio
  let foreign: Server
  beforeAll(async () => {
    studio = await testStudio()
    foreign = createServer((_, answer) =>
      answer.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>foreign</title>'),
    ).listen(0)
  })
  afterAll(async () => {
    foreign?.close()
    await studio?.end()
  })

  it.each(['localhost', '127.0.0.1'])('at %s', async name => {
    const { page, close } = await openPage(studio.url)
    // The browser knows the token now; a page of its own site may ask.
    expect(await page.evaluate(async () => (await fetch('/api/state')).status)).toBe(200)
    await page.goto(`http://${name}:${(foreign.address() as AddressInfo).port}/`)
    const body = JSON.stringify({ command: 'data inspect', inputs: { data: studio.data } })
    const learned = await page.evaluate(
      async ({ origin, body }) => {
        const ask = (path: string, init: RequestInit = {}) =>
          fetch(origin + path, { credentials: 'include', ...init })
            .then(async answer => `${answer.status} ${await answer.text()}`)
            .catch(() => 'nothing')
        const comes = (element: HTMLElement & { src: string }, src: string) =>
          new Promise<string>(done => {
            element.onload = () => done('loaded')
            element.onerror = () => done('nothing')
            element.src = src
            document.body.append(element)
          })
        const stream = await new Promise<string>(done => {
          const source = new EventSource(`${origin}/api/events`, { withCredentials: true })
          source.addEventListener('jobs', () => done('told'))
          source.onerror = () => done('nothing')
        })
        const text = { 'Content-Type': 'text/plain' }
        return {
          read: await ask('/api/runs'),
          changed: await ask('/api/jobs', { method: 'POST', body, headers: text }),
          removed: await ask('/api/run?run=train-1', { method: 'DELETE' }),
          image: await comes(new Image(), `${origin}/files/train-1/x.png`),
          script: await comes(document.createElement('script'), `${origin}/api/runs`),
          stream,
        }
      },
      { origin: studio.origin, body },
    )
    expect(new Set(Object.values(learned))).toEqual(new Set(['nothing']))
    // A form that is sent leads to the studio's refusal.
    await page.evaluate(
      ({ origin, body }) => {
        const form = document.createElement('form')
        Object.assign(form, { method: 'post', action: `${origin}/api/jobs`, enctype: 'text/plain' })
        const field = document.createElement('input')
        Object.assign(field, { name: body.slice(0, -1), value: '}' })
        form.append(field)
        document.body.append(form)
        form.submit()
      },
      { origin: studio.origin, body },
    )
    await page.getByText('another page may not ask the studio').waitFor()
    expect(await (await studio.get('/api/jobs')).json()).toEqual({ jobs: [] })
    expect((await studio.get('/api/run?run=train-1')).status).toBe(200)
    // Nor can it be put into a frame.
    await page.goto(`http://${name}:${(foreign.address() as AddressInfo).port}/`)
    await page.evaluate(origin => {
      const frame = document.createElement('iframe')
      frame.src = `${origin}/runs`
      document.body.append(frame)
    }, studio.origin)
    const inside = () => page.frames().find(frame => frame !== page.mainFrame())
    await expect.poll(() => inside()?.url()).toMatch(/^chrome-error:/)
    await close()
  })
})
