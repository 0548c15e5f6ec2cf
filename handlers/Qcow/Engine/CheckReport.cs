// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>What a check found.</summary>
public sealed class CheckReport
{
    private const int MaximumProblems = 100;
    private readonly List<string> _problems = [];

    /// <summary>Structures that contradict each other and could cost data.</summary>
    public long Corruptions { get; private set; }

    /// <summary>Clusters that are counted and not used: lost space, nothing worse.</summary>
    public long Leaks { get; private set; }

    /// <summary>Entries whose COPIED flag is wrong.</summary>
    public long WrongFlags { get; private set; }

    /// <summary>Guest clusters with data of their own.</summary>
    public long AllocatedClusters { get; internal set; }

    /// <summary>Guest clusters that are compressed.</summary>
    public long CompressedClusters { get; internal set; }

    /// <summary>Guest clusters altogether.</summary>
    public long TotalClusters { get; internal set; }

    /// <summary>The end of the last cluster in use, in bytes.</summary>
    public long EndOffset { get; internal set; }

    /// <summary>The first hundred problems, as sentences.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Whether nothing at all was found.</summary>
    public bool IsClean => Corruptions == 0 && Leaks == 0 && WrongFlags == 0;

    internal void AddCorruption(string problem)
    {
        Corruptions++;
        Add(problem);
    }

    internal void AddLeak(string problem)
    {
        Leaks++;
        Add(problem);
    }

    internal void AddWrongFlag(string problem)
    {
        WrongFlags++;
        Add(problem);
    }

    private void Add(string problem)
    {
        if (_problems.Count < MaximumProblems)
        {
            _problems.Add(problem);
        }
    }
}
