variable "project" {
  description = "Google Cloud project, which is there already."
  type        = string
}

variable "region" {
  description = "Where everything lies and runs."
  type        = string
  default     = "us-central1"
}

variable "data_buckets" {
  description = "Buckets of photographs, by name, that the steps may read."
  type        = set(string)
  default     = []
}

variable "beam_runner" {
  description = "Where Beam runs (beam.runner): local is within the steps, dataflow on machines of its own."
  type        = string
  default     = "local"
}

variable "starters" {
  description = "Who may start runs, such as user:me@example.com."
  type        = set(string)
  default     = []
}

variable "builders" {
  description = "Who may push images, such as serviceAccount:BUILDS@PROJECT.iam.gserviceaccount.com."
  type        = set(string)
  default     = []
}

variable "schedule" {
  description = "When the pipeline runs: five fields, as in cron; never if empty."
  type        = string
  default     = ""
}

variable "tag" {
  description = "Of the image that the scheduled runs take: what `python -m pipeline.source` says."
  type        = string
  default     = ""
}

variable "data" {
  description = "What the scheduled runs read: words as in a shell, such as gs://BUCKET/FOLDER."
  type        = string
  default     = ""
}

variable "preset" {
  description = "Settings of the scheduled runs."
  type        = string
  default     = "places365"
}
