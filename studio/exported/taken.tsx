/** The page of what was taken from the studio: its title and date, what it shows, and how it is made again. */
import type { ComponentChildren } from 'preact'
import { CommandLine } from '../parts/copy-link.tsx'

interface Taken {
  title: string
  /** milliseconds since 1970 */
  made: number
  /** images that the file holds, of those that there were */
  held: number
  ofImages: number
  /** what else is said below the title */
  more?: string
  line: string
  children: ComponentChildren
}

export function TakenPage({ title, made, held, ofImages, more, line, children }: Taken) {
  return (
    <main class="view exported">
      <header>
        <h1>{title}</h1>
        <p class="lead">
          Taken from a studio of Glasshouse on {new Date(made).toISOString().slice(0, 10)}
          {held < ofImages && `, with ${held} of its ${ofImages} images`}.{more && ` ${more}`}
        </p>
      </header>
      {children}
      <footer>
        <h2>Made again by</h2>
        <CommandLine line={line} />
      </footer>
    </main>
  )
}
