"""The tasks of faces. Nothing is trained."""

from lab_core.task import Task

_SOURCE = "Zhang, Zhang, Li and Qiao 2016, Joint face detection and alignment (arXiv 1604.02878)"


def tasks() -> list[Task]:
    """Every task of this group."""
    return [
        Task(
            id="mtcnn",
            title="Faces found on photographs, with five points each",
            family="vision",
            method="mtcnn",
            model="lab_vision.faces.model:FaceDetector",
            config="lab_vision.faces.config:FaceConfig",
            presets={"smoke": {}, "default": {}},
            source=_SOURCE,
            tags=("images", "boxes", "faces"),
        ),
        Task(
            id="align-faces",
            title="The largest face of each photograph, cut out at one size",
            family="vision",
            method="mtcnn",
            model="lab_vision.faces.model:FaceAligner",
            config="lab_vision.faces.config:FaceConfig",
            presets={"smoke": {}, "default": {}},
            source=_SOURCE,
            tags=("images", "faces"),
        ),
    ]
