// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>The unit attention conditions that wait for one nexus, oldest first, each kind once (SAM-5 5.14). Not thread safe.</summary>
internal sealed class UnitAttentionQueue
{
    private readonly List<AdditionalSenseCode> _conditions = [];

    /// <summary>Establishes a condition.</summary>
    /// <returns>False where it waits already.</returns>
    public bool Add(AdditionalSenseCode condition)
    {
        if (_conditions.Contains(condition))
        {
            return false;
        }

        _conditions.Add(condition);
        return true;
    }

    /// <summary>How many conditions wait.</summary>
    public int Count => _conditions.Count;

    /// <summary>Reports a condition and clears it.</summary>
    public AdditionalSenseCode? Take()
    {
        if (_conditions.Count == 0)
        {
            return null;
        }

        AdditionalSenseCode first = _conditions[0];
        _conditions.RemoveAt(0);
        return first;
    }
}
