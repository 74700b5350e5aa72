locals {
  repository = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
  root       = "gs://${google_storage_bucket.root.name}/${local.name}"
}

output "repository" {
  description = "Where images go."
  value       = local.repository
}

output "root" {
  description = "Folder of all artifacts: cloud.root."
  value       = local.root
}

output "service_account" {
  description = "Whom the steps run as: cloud.service_account."
  value       = google_service_account.steps.email
}
