/** Workers of a queue as a manifest for Kubernetes: a Deployment that stays, or a Job that ends when nothing is left. */

export interface KubernetesWishes {
  /** holds Node and glasshouse */
  image: string
  /** workers, each a pod */
  pods: number
  /** of each pod, as Kubernetes writes them: `2`, `4Gi` */
  cpus: number
  memory: string
  /** absolute; the shared volume is mounted here, and units may read and write in it and nowhere else */
  folder: string
  /** units at once in a pod */
  parallel: number
  /** seconds */
  lease: number
  idle: number
  once: boolean
}

/** Seconds that a pod has to bring a training to its checkpoint. */
const grace = 60

/** The secret with the address of the queue, and the claim of the shared volume; both are made by the person. */
const secret = 'glasshouse-queue'
const claim = 'glasshouse-shared'

export function kubernetesManifest(wishes: KubernetesWishes): string {
  const { image, pods, cpus, memory, folder, parallel, lease, idle, once } = wishes
  const words = [
    ...['glasshouse', 'worker', '--folder', folder, '--parallel', String(parallel), '--lease', String(lease)],
    ...(once ? ['--once', '--idle', String(idle)] : []),
  ]
  const text = JSON.stringify
  const head = once
    ? `apiVersion: batch/v1
kind: Job
metadata:
  name: glasshouse-worker
spec:
  # Each pod ends when the queue has been empty for ${idle} seconds; the Job is done when one has, and all are gone.
  parallelism: ${pods}
  backoffLimit: 100`
    : `apiVersion: apps/v1
kind: Deployment
metadata:
  name: glasshouse-worker
spec:
  replicas: ${pods}
  selector:
    matchLabels:
      app: glasshouse-worker`
  return `# The address of the queue, with its password, comes from a secret:
#   kubectl create secret generic ${secret} --from-literal=url=redis://:PASSWORD@HOST:6379
# Data, models and results lie on a volume that all pods, and the machine that asks, see at the same path. Its claim
# must allow ReadWriteMany.
${head}
  template:
    metadata:
      labels:
        app: glasshouse-worker
    spec:
      restartPolicy: ${once ? 'OnFailure' : 'Always'}
      # A worker that is stopped brings its training to a checkpoint.
      terminationGracePeriodSeconds: ${grace}
      # Workers ask nothing of Kubernetes itself.
      automountServiceAccountToken: false
      containers:
        - name: worker
          image: ${text(image)}
          command: ${text(words)}
          env:
            - name: GLASSHOUSE_QUEUE
              valueFrom:
                secretKeyRef:
                  name: ${secret}
                  key: url
          resources:
            requests:
              cpu: ${text(String(cpus))}
              memory: ${text(memory)}
            limits:
              memory: ${text(memory)}
          securityContext:
            allowPrivilegeEscalation: false
          volumeMounts:
            - name: shared
              mountPath: ${text(folder)}
      volumes:
        - name: shared
          persistentVolumeClaim:
            claimName: ${claim}
`
}
