# Railway mounts no files beside its volume, so the plan file is part of the image; and it builds no Dockerfile that has a
# VOLUME, as Planwire's own does, so this one stands on the finished image. Put your registry here.
FROM registry.example.com/planwire:v0.1.0
COPY plans.yaml /etc/planwire/plans.yaml
# A volume of Railway belongs to root.
USER root
