// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using TcmuRunner.Ctl.Diagnosis;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl doctor</c>: everything that serving disks needs, each failure with its remedy. Status 1 when something is wrong.</summary>
internal static class DoctorCommand
{
    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var command = new Command("doctor", "Look for what keeps disks from being served, and say what to do.");
        act(command, RunAsync);
        root.Add(command);
    }

    private static async Task<ExitStatus> RunAsync(CommandContext context)
    {
        List<Finding> findings = [.. SystemChecks.Run(new SystemPaths { ConfigFsTarget = context.TargetRoot }), .. await DaemonChecks.RunAsync(context.BusAddress)];
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonArray([.. findings.Select(finding => (JsonNode)new JsonObject
            {
                ["check"] = finding.Check,
                ["result"] = finding.Result.ToString().ToLowerInvariant(),
                ["detail"] = finding.Detail,
                ["remedy"] = finding.Remedy,
            })]));
        }
        else
        {
            foreach (Finding finding in findings)
            {
                (string mark, Color color) = finding.Result switch
                {
                    FindingResult.Good => ("ok     ", Color.Green),
                    FindingResult.Note => ("note   ", Color.Yellow),
                    _ => ("PROBLEM", Color.Red),
                };
                context.Terminal.Rich.Write(new Text(mark, new Style(color)));
                context.Terminal.Line($" {finding.Check}: {finding.Detail}");
                if (finding.Remedy is not null)
                {
                    context.Terminal.Line($"        {finding.Remedy}");
                }
            }
        }

        return findings.Any(finding => finding.Result == FindingResult.Problem) ? ExitStatus.Failed : ExitStatus.Done;
    }
}
