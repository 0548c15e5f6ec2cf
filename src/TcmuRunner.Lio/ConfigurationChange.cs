// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Lio.Saving;

namespace TcmuRunner.Lio;

/// <summary>One step from the configuration that is to the one that shall be.</summary>
public sealed class ConfigurationChange
{
    private readonly Action<PlanContext> _run;

    internal ConfigurationChange(ChangeKind kind, string name, Action<PlanContext> run) => (Kind, Name, _run) = (kind, name, run);

    /// <summary>What it does.</summary>
    public ChangeKind Kind { get; }

    /// <summary>What it is done to, as in <c>/backstores/user/disk1</c> or <c>iscsi/iqn.2003-01.org.example:t1/tpg1/lun0</c>.</summary>
    public string Name { get; }

    /// <summary>The setting, for <see cref="ChangeKind.Change"/>.</summary>
    public string? Setting { get; init; }

    /// <summary>The value that is; secrets as three asterisks.</summary>
    public string? Before { get; init; }

    /// <summary>The value that shall be; secrets as three asterisks.</summary>
    public string? After { get; init; }

    /// <summary>Why an object has to be deleted that is wanted, but otherwise; null for all other changes.</summary>
    public string? Reason { get; init; }

    /// <summary>The line of a diff.</summary>
    public override string ToString() => Kind switch
    {
        ChangeKind.Create => $"+ {Name}",
        ChangeKind.Delete => Reason is null ? $"- {Name}" : $"- {Name} ({Reason})",
        _ => $"~ {Name} {Setting}: {Before ?? "(not set)"} -> {After ?? "(not set)"}",
    };

    internal void Run(PlanContext context) => _run(context);
}
