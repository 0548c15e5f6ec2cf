// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using TcmuRunner.Lio;

namespace TcmuRunner.Ctl.Commands;

/// <summary>
/// <c>tcmuctl apply</c>, <c>save</c> and <c>restore</c>: the whole configuration of the kernel's target, in targetcli's file.
/// </summary>
internal static class ApplyCommand
{
    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var desired = new Argument<string>("file") { Description = "The configuration that shall be, as 'save' and targetcli's saveconfig write it." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only show what would change; status 1 when something would." };
        var apply = new Command("apply", "Make the kernel's target what a file says: what is missing is made, what is not in it is deleted.") { desired, dryRun };
        act(apply, context => ApplyAsync(context, context.Get(desired), context.Get(dryRun)));
        root.Add(apply);

        Argument<string?> saved = FileArgument();
        var save = new Command("save", "Write the configuration of the kernel's target to a file.") { saved };
        act(save, context => Task.FromResult(Save(context, context.Get(saved!))));
        root.Add(save);

        Argument<string?> restored = FileArgument();
        var keep = new Option<bool>("--keep") { Description = "Keep what is there, and fail when the file names something of it." };
        var restore = new Command("restore", "Replace the configuration of the kernel's target by a saved one.") { restored, keep };
        act(restore, context => Task.FromResult(Restore(context, context.Get(restored!), context.Get(keep))));
        root.Add(restore);
    }

    private static Argument<string?> FileArgument() => new("file")
    {
        Description = $"The file; default: {Root.DefaultSaveFile}.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static async Task<ExitStatus> ApplyAsync(CommandContext context, string file, bool dryRun)
    {
        ConfigurationPlan plan = context.OpenRoot().Plan(Root.ReadSaved(file));
        if (!context.Terminal.IsJson)
        {
            foreach (ConfigurationChange change in plan.Changes)
            {
                Color color = change.Kind switch { ChangeKind.Create => Color.Green, ChangeKind.Delete => Color.Red, _ => Color.Yellow };
                context.Terminal.Rich.Write(new Text($"{change}\n", new Style(color)));
            }

            if (plan.Changes.Count == 0)
            {
                context.Terminal.Line("Everything is as it shall be.");
            }
        }

        IReadOnlyList<string> problems = dryRun || plan.Changes.Count == 0 ? [] : await RunAsync(context, plan);
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonObject
            {
                ["changes"] = new JsonArray([.. plan.Changes.Select(change => (JsonNode)change.ToString())]),
                ["applied"] = !dryRun,
                ["problems"] = new JsonArray([.. problems.Select(problem => (JsonNode)problem)]),
            });
        }

        return Finish(context, problems, isDone: !dryRun || plan.Changes.Count == 0);
    }

    private static async Task<IReadOnlyList<string>> RunAsync(CommandContext context, ConfigurationPlan plan)
    {
        if (!context.Terminal.IsInteractive)
        {
            return plan.Apply();
        }

        return await context.Terminal.Rich.Progress().AutoClear(true).StartAsync(progress =>
        {
            ProgressTask bar = progress.AddTask("applying", maxValue: plan.Changes.Count);
            return Task.Run(() => plan.Apply(new Progress<ConfigurationChange>(_ => bar.Increment(1))));
        });
    }

    private static ExitStatus Save(CommandContext context, string? file)
    {
        file ??= Root.DefaultSaveFile;
        context.OpenRoot().Save(file);
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonObject { ["file"] = file });
        }
        else
        {
            context.Terminal.Line($"The configuration is in {file}.");
        }

        return ExitStatus.Done;
    }

    private static ExitStatus Restore(CommandContext context, string? file, bool keep)
    {
        IReadOnlyList<string> problems = context.OpenRoot().Restore(file, new RestoreOptions { ClearExisting = !keep });
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonObject { ["problems"] = new JsonArray([.. problems.Select(problem => (JsonNode)problem)]) });
        }

        return Finish(context, problems, isDone: true);
    }

    private static ExitStatus Finish(CommandContext context, IReadOnlyList<string> problems, bool isDone)
    {
        if (!context.Terminal.IsJson)
        {
            foreach (string problem in problems)
            {
                context.Terminal.Error(problem, null);
            }
        }

        return problems.Count == 0 && isDone ? ExitStatus.Done : ExitStatus.Failed;
    }
}
