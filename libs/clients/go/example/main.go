// Command example logs a run with one metric, reads it back, and shows how a refused request says what was wrong.
//
//	go run ./example -target 127.0.0.1:9090
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	trackingv1 "github.com/throughline/throughline/libs/clients/go/gen/throughline/tracking/v1"
)

func main() {
	target := flag.String("target", "127.0.0.1:9090", "the platform's gRPC address")
	project := flag.String("project", "default", "the project to write to")
	flag.Parse()
	if err := run(*target, "projects/"+*project); err != nil {
		log.Fatal(err)
	}
}

func run(target, parent string) error {
	// Without TLS: for a platform on this machine.
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tracking := trackingv1.NewTrackingServiceClient(connection)

	name, err := logRun(ctx, tracking, parent)
	if err != nil {
		return err
	}
	answer, err := tracking.GetRun(ctx, &trackingv1.GetRunRequest{Name: name})
	if err != nil {
		return err
	}
	for _, metric := range answer.GetRun().GetMetrics() {
		fmt.Printf("read %s %g at step %d\n", metric.GetKey(), metric.GetValue(), metric.GetStep())
	}

	_, err = tracking.ListRuns(ctx, &trackingv1.ListRunsRequest{Parent: parent, PageSize: -1})
	return showRefusal(err)
}

// logRun creates an experiment and a run with one metric, and returns the name of the run.
func logRun(ctx context.Context, tracking trackingv1.TrackingServiceClient, parent string) (string, error) {
	title := "Go example " + time.Now().UTC().Format(time.RFC3339Nano)
	experiment, err := tracking.CreateExperiment(ctx, &trackingv1.CreateExperimentRequest{
		Parent:     parent,
		Experiment: &trackingv1.Experiment{DisplayName: title},
	})
	if err != nil {
		return "", err
	}
	created, err := tracking.CreateRun(ctx, &trackingv1.CreateRunRequest{
		Parent: parent,
		Run:    &trackingv1.Run{Experiment: experiment.GetExperiment().GetName(), DisplayName: "first"},
	})
	if err != nil {
		return "", err
	}
	name := created.GetRun().GetName()
	_, err = tracking.LogBatch(ctx, &trackingv1.LogBatchRequest{
		Run:     name,
		Metrics: []*trackingv1.Metric{{Key: "auc", Value: 0.75, Step: 3}},
	})
	fmt.Println("logged", name)
	return name, err
}

// showRefusal prints the code, the stable reason and the fields at fault of a refused request.
func showRefusal(err error) error {
	refusal, isStatus := status.FromError(err)
	if err == nil || !isStatus {
		return errors.Join(errors.New("the wrong request was not refused"), err)
	}
	for _, detail := range refusal.Details() {
		switch it := detail.(type) {
		case *errdetails.ErrorInfo:
			fmt.Println("refused", refusal.Code(), it.GetReason())
		case *errdetails.BadRequest:
			for _, violation := range it.GetFieldViolations() {
				fmt.Printf("field %s: %s\n", violation.GetField(), violation.GetDescription())
			}
		}
	}
	return nil
}
