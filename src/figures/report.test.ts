import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import { renderReport } from './report.ts'

test('data of a live part cannot end the script element that it stands in', () => {
  const data = { text: '</script><b>out</b>' }
  const page = renderReport({
    title: 'Live',
    summary: '',
    sections: [{ title: '', parts: [{ kind: 'live', markup: '<p></p>', data, script: '() => {}' }] }],
    footer: '',
  })
  const { document } = parseHTML(page)
  expect(document.querySelector('b')).toBeNull()
  expect(JSON.parse(document.querySelector('script[type="application/json"]')!.textContent)).toEqual(data)
})

test('what stands in a table or a strip cannot end its element', () => {
  const hostile = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
  const image = 'data:image/png;base64,'
  const strip = { title: hostile, images: [{ image, title: hostile, name: hostile }] }
  const page = renderReport({
    title: hostile,
    summary: hostile,
    sections: [
      {
        title: hostile,
        parts: [
          {
            kind: 'table',
            sortable: true,
            columns: [hostile],
            rows: [[hostile], [{ text: hostile, href: hostile, title: hostile }]],
          },
          {
            kind: 'gallery',
            total: 1,
            items: [{ images: [image], names: [hostile], title: hostile, strip }],
          },
        ],
      },
    ],
    footer: hostile,
  })
  const { document } = parseHTML(page)
  expect(document.querySelectorAll('[onerror]')).toHaveLength(0)
  // That of the table alone.
  expect(document.querySelectorAll('script')).toHaveLength(1)
})

test('a percentage stays on one line, and a long cell gets room', () => {
  const question = 'by how many quarter turns was the image rotated?'
  const page = renderReport({
    title: '',
    summary: '9.5 % of 16 × 16',
    sections: [{ title: '', parts: [{ kind: 'table', columns: [], rows: [[question, '3.7 % to 52.2 %']] }] }],
    footer: '',
  })
  const { document } = parseHTML(page)
  expect(document.querySelector('.summary')!.textContent).toBe('9.5\u00a0% of 16\u00a0×\u00a016')
  const [long, short] = [...document.querySelectorAll('td')]
  expect([long.className, short.className]).toEqual(['long', 'roomy'])
  expect(short.textContent).toBe('3.7\u00a0% to 52.2\u00a0%')
})
