/** Chooses a file or folder among those that the studio may read. */
import { useState } from 'preact/hooks'
import type { FolderEntry } from '../../src/server/api.ts'
import { client } from '../client.ts'
import { useLoaded } from '../loaded.ts'
import { Dialog } from './dialog.tsx'
import { Icon, IconButton } from './icons.tsx'
import { Shown } from './states.tsx'

/** Where one was last, for the next time. */
let lastFolder: string | undefined

const isImage = (name: string): boolean => /\.(jpe?g|png|webp|gif|avif)$/i.test(name)

export function FilePicker({
  kinds,
  choose,
  upload,
  close,
}: {
  kinds: readonly FolderEntry['kind'][]
  choose: (path: string) => void
  upload?: (files: FileList) => Promise<void>
  close: () => void
}) {
  const [path, setPath] = useState(lastFolder)
  const loaded = useLoaded(`browse ${path ?? ''}`, signal => client.browse(path, signal))
  const open = (to: string | undefined) => {
    lastFolder = to
    setPath(to)
  }
  const wanted = kinds.filter(kind => kind !== 'folder').join(', ')
  return (
    <Dialog label="choose a file" close={close} kind="picker">
      <header class="picker-head">
        <h2>Choose {kinds.length === 1 ? `a ${kinds[0]}` : `one of: ${kinds.join(', ')}`}</h2>
        <IconButton name="close" label="close" onClick={close} />
      </header>
      <Shown of={loaded} height={420}>
        {({ path: here, parent, entries, left }) => (
          <>
            <div class="picker-path">
              <IconButton
                name="up"
                label="the folder above"
                onClick={() => open(parent)}
                disabled={here === undefined}
              />
              <span class="clip" title={here}>
                {here ?? 'folders that the studio may read'}
              </span>
              {here && kinds.includes('folder') && (
                <button type="button" class="button small primary" onClick={() => choose(here)}>
                  This folder
                </button>
              )}
            </div>
            <ul class="picker-list">
              {entries.map(entry => {
                const isPick = kinds.includes(entry.kind)
                const isOpen = entry.kind === 'folder' || entry.kind === 'run'
                return (
                  <li key={entry.path} class={isPick || isOpen ? '' : 'other'}>
                    <button
                      type="button"
                      disabled={!isPick && !isOpen}
                      onClick={() =>
                        isPick && entry.kind !== 'folder' ? choose(entry.path) : open(entry.path)
                      }
                    >
                      <Icon name={isOpen ? (entry.kind === 'run' ? 'runs' : 'data') : 'tab'} />
                      <span class="clip">{entry.name}</span>
                      <span class="soft small">
                        {entry.kind === 'folder' ? '' : entry.kind}
                        {entry.kind === 'image' && !isImage(entry.name) ? ' (converted)' : ''}
                      </span>
                    </button>
                    {isPick && entry.kind === 'folder' && (
                      <button type="button" class="button small" onClick={() => choose(entry.path)}>
                        Choose
                      </button>
                    )}
                  </li>
                )
              })}
              {entries.length === 0 && <li class="soft">This folder is empty.</li>}
            </ul>
            <footer class="picker-foot">
              {left > 0 && (
                <span class="soft small">
                  showing {entries.length} of {entries.length + left}
                </span>
              )}
              {wanted && <span class="soft small">Only {kinds.join(', ')} can be chosen.</span>}
              {upload && (
                <label class="button small">
                  Bring a file from this machine
                  <input
                    type="file"
                    class="unseen"
                    multiple
                    onChange={async event => {
                      if (event.currentTarget.files?.length) await upload(event.currentTarget.files)
                      close()
                    }}
                  />
                </label>
              )}
            </footer>
          </>
        )}
      </Shown>
    </Dialog>
  )
}
