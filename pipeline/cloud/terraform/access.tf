# Whom the steps run as, and no more than docs/cloud.md (Permissions) says that they need.

resource "google_service_account" "steps" {
  account_id   = local.name
  display_name = "Steps of the outpainting pipeline"

  depends_on = [google_project_service.needed]
}

resource "google_storage_bucket_iam_member" "root" {
  bucket = google_storage_bucket.root.name
  role   = "roles/storage.objectAdmin"
  member = google_service_account.steps.member
}

resource "google_storage_bucket_iam_member" "data" {
  for_each = var.data_buckets
  bucket   = each.value
  role     = "roles/storage.objectViewer"
  member   = google_service_account.steps.member
}

resource "google_artifact_registry_repository_iam_member" "images" {
  repository = google_artifact_registry_repository.images.name
  location   = var.region
  role       = "roles/artifactregistry.reader"
  member     = google_service_account.steps.member
}

resource "google_project_iam_member" "steps" {
  for_each = toset(concat(
    ["roles/aiplatform.user"],
    var.beam_runner == "dataflow" ? ["roles/dataflow.developer", "roles/dataflow.worker"] : [],
  ))
  project = var.project
  role    = each.value
  member  = google_service_account.steps.member
}

# On itself: steps start custom jobs and Dataflow jobs as the same account.
resource "google_service_account_iam_member" "itself" {
  service_account_id = google_service_account.steps.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.steps.member
}

resource "google_project_iam_member" "starters" {
  for_each = var.starters
  project  = var.project
  role     = "roles/aiplatform.user"
  member   = each.value
}

resource "google_service_account_iam_member" "starters" {
  for_each           = var.starters
  service_account_id = google_service_account.steps.name
  role               = "roles/iam.serviceAccountUser"
  member             = each.value
}

resource "google_artifact_registry_repository_iam_member" "builders" {
  for_each   = var.builders
  repository = google_artifact_registry_repository.images.name
  location   = var.region
  role       = "roles/artifactregistry.writer"
  member     = each.value
}
