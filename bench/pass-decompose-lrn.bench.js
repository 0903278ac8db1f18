import { withAndWithout } from './pass.js'

export default withAndWithout('decompose-lrn', { net: 'googlenet', size: 64, batch: 32 })
