/** Takes a view away: as an image, a page that opens anywhere, or a film, with the command that makes it again. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { isHeld } from '../../client.ts'
import { type Failure, failureOf } from '../../failure.ts'
import { CommandLine } from '../copy-link.tsx'
import { Dialog } from '../dialog.tsx'
import { download } from '../download.ts'
import { IconButton } from '../icons.tsx'
import { Failed } from '../states.tsx'
import type { FilmAsked } from './film.ts'
import type { PageAsked } from './page.ts'
import type { Still } from './still.ts'

export interface ExportAsked {
  /** of the file, without its ending */
  name: string
  title: string
  /** the command line that makes it again */
  line: string
  /** the view as it stands */
  still?: () => Still
  /** a Blob is the page itself */
  page?: () => PageAsked | Blob | Promise<PageAsked | Blob>
  /** other forms, each with what is added to the name for its file */
  others?: readonly { name: string; file: string; words: string; make: () => Promise<Blob> }[]
  /** what moves in it; the first one is called a film, the others by their names */
  films?: readonly { name?: string; words: string; film: () => FilmAsked }[]
  /** files that are there already */
  files?: readonly { name: string; url: string }[]
}

export function Export({
  small,
  label = 'Export',
  ...asked
}: ExportAsked & { small?: boolean; label?: string }) {
  const [isOpen, open] = useState(false)
  // An exported page is not exported again.
  if (isHeld()) return null
  return (
    <>
      <button type="button" class={`button${small ? ' small' : ''}`} onClick={() => open(true)}>
        {label}
      </button>
      {isOpen && <ExportDialog asked={asked} close={() => open(false)} />}
    </>
  )
}

function ExportDialog({ asked, close }: { asked: ExportAsked; close: () => void }) {
  const [said, say] = useState('')
  const [failure, fail] = useState<Failure | undefined>()
  const [isBusy, setBusy] = useState(false)
  const isThere = useRef(true)
  useEffect(
    () => () => {
      isThere.current = false
    },
    [],
  )
  const { name, title, line, still, page, others = [], films = [], files = [] } = asked
  const take = async (file: string, make: () => Promise<Blob> | Blob) => {
    setBusy(true)
    fail(undefined)
    say('working …')
    try {
      const made = await make()
      // Whoever closed the dialog meanwhile does not want it any more.
      if (isThere.current) {
        download(`${name.replaceAll('/', '-')}${file}`, made)
        say(`${file.split('.').at(-1)?.toUpperCase()} saved`)
      }
    } catch (error) {
      fail(failureOf(error))
      say('')
    }
    setBusy(false)
  }
  const forms: [string, string, string, () => Promise<Blob> | Blob][] = []
  if (still)
    forms.push(
      ['.png', 'PNG', 'an image, as the view stands', () => still().png()],
      ['.svg', 'SVG', 'a drawing for papers and slides', () => still().svg()],
    )
  if (page)
    forms.push([
      '.html',
      'Page',
      'one HTML file with the interactive view; it opens offline',
      async () => {
        const asked = await page()
        return asked instanceof Blob ? asked : (await import('./page.ts')).pageBlob(asked, title, line, say)
      },
    ])
  for (const { name, file, words, make } of others) forms.push([file, name, words, make])
  for (const { name = 'Film', words, film } of films)
    forms.push([
      '.mp4',
      name,
      `an MP4, ${words}; the machine of the studio needs ffmpeg`,
      async () => (await import('./film.ts')).filmBlob(film(), say),
    ])
  return (
    <Dialog label="export" close={close} kind="export">
      <header class="picker-head">
        <h2>Export</h2>
        <IconButton name="close" label="close" onClick={close} />
      </header>
      <ul class="export-forms">
        {forms.map(([file, name, words, make]) => (
          <li key={name}>
            <button type="button" class="button" disabled={isBusy} onClick={() => void take(file, make)}>
              {name}
            </button>
            <span class="soft small">{words}</span>
          </li>
        ))}
        {files.map(({ name, url }) => (
          <li key={name}>
            <a class="button" href={url} download={name}>
              {name.split('.').at(-1)?.toUpperCase()}
            </a>
            <span class="soft small clip">{name}</span>
          </li>
        ))}
      </ul>
      <p class="small soft" role="status">
        {said}
      </p>
      {failure && <Failed failure={failure} />}
      <h3>Made again by</h3>
      <CommandLine line={line} />
    </Dialog>
  )
}
