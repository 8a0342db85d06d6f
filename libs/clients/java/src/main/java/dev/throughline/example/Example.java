package dev.throughline.example;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.throughline.tracking.v1.CreateExperimentRequest;
import dev.throughline.tracking.v1.CreateRunRequest;
import dev.throughline.tracking.v1.Experiment;
import dev.throughline.tracking.v1.GetRunRequest;
import dev.throughline.tracking.v1.ListRunsRequest;
import dev.throughline.tracking.v1.LogBatchRequest;
import dev.throughline.tracking.v1.Metric;
import dev.throughline.tracking.v1.Run;
import dev.throughline.tracking.v1.TrackingServiceGrpc;
import dev.throughline.tracking.v1.TrackingServiceGrpc.TrackingServiceBlockingStub;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** Logs a run with one metric, reads it back, and shows how a refused request says what was wrong. */
public final class Example {
  private static final String PARENT = "projects/default";

  private Example() {}

  /** Takes the platform's gRPC address; 127.0.0.1:9090 if there is none. */
  public static void main(String[] arguments) throws Exception {
    String target = arguments.length > 0 ? arguments[0] : "127.0.0.1:9090";
    // Without TLS: for a platform on this machine.
    ChannelCredentials credentials = InsecureChannelCredentials.create();
    ManagedChannel channel = Grpc.newChannelBuilder(target, credentials).build();
    try {
      TrackingServiceBlockingStub tracking =
          TrackingServiceGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
      String name = logRun(tracking);
      Run run = tracking.getRun(GetRunRequest.newBuilder().setName(name).build()).getRun();
      for (Metric metric : run.getMetricsList()) {
        System.out.printf(
            "read %s %s at step %d%n", metric.getKey(), metric.getValue(), metric.getStep());
      }
      showRefusal(tracking);
    } finally {
      channel.shutdown().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  /** Creates an experiment and a run with one metric, and returns the name of the run. */
  private static String logRun(TrackingServiceBlockingStub tracking) {
    Experiment wanted =
        Experiment.newBuilder().setDisplayName("Java example " + Instant.now()).build();
    Experiment experiment =
        tracking
            .createExperiment(
                CreateExperimentRequest.newBuilder().setParent(PARENT).setExperiment(wanted).build())
            .getExperiment();
    Run first =
        Run.newBuilder().setExperiment(experiment.getName()).setDisplayName("first").build();
    String name =
        tracking
            .createRun(CreateRunRequest.newBuilder().setParent(PARENT).setRun(first).build())
            .getRun()
            .getName();
    Metric metric = Metric.newBuilder().setKey("auc").setValue(0.75).setStep(3).build();
    tracking.logBatch(LogBatchRequest.newBuilder().setRun(name).addMetrics(metric).build());
    System.out.println("logged " + name);
    return name;
  }

  /** Prints the code, the stable reason and the fields at fault of a refused request. */
  private static void showRefusal(TrackingServiceBlockingStub tracking)
      throws InvalidProtocolBufferException {
    ListRunsRequest wrong =
        ListRunsRequest.newBuilder().setParent(PARENT).setPageSize(-1).build();
    try {
      tracking.listRuns(wrong);
    } catch (StatusRuntimeException refusal) {
      for (Any detail : StatusProto.fromThrowable(refusal).getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          String reason = detail.unpack(ErrorInfo.class).getReason();
          System.out.println("refused " + refusal.getStatus().getCode() + " " + reason);
        } else if (detail.is(BadRequest.class)) {
          for (BadRequest.FieldViolation it :
              detail.unpack(BadRequest.class).getFieldViolationsList()) {
            System.out.println("field " + it.getField() + ": " + it.getDescription());
          }
        }
      }
      return;
    }
    throw new IllegalStateException("the wrong request was not refused");
  }
}
