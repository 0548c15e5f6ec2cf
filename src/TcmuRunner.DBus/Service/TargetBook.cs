// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus.Objects;

namespace TcmuRunner.DBus.Service;

/// <summary>Keeps the objects of targets and sessions as these are, and tells what happens to them. Thread safe.</summary>
/// <remarks>As <see cref="DeviceBook"/>: it compares what it sees with what it saw, and whoever changes something calls <see cref="Update"/>.</remarks>
internal sealed class TargetBook
{
    private readonly ObjectTree _tree;
    private readonly ITargetsControl _control;
    private readonly Lock _sync = new();
    private readonly Dictionary<(string Name, ushort Tag), TargetObject> _targets = [];
    private readonly Dictionary<ulong, SessionObject> _sessions = [];

    internal TargetBook(ObjectTree tree, ITargetsControl control)
    {
        _tree = tree;
        _control = control;
        tree.Add(TargetsObject.Create(control, Update));
    }

    /// <summary>Looks at targets and sessions again.</summary>
    internal void Update()
    {
        lock (_sync)
        {
            UpdateTargets(_control.Targets);
            UpdateSessions(_control.Sessions);
        }
    }

    private void UpdateTargets(IReadOnlyList<TargetFacts> now)
    {
        foreach (TargetObject gone in _targets.Values.ExceptBy(now.Select(facts => facts.Key), target => target.Known.Key).ToArray())
        {
            _targets.Remove(gone.Known.Key);
            _tree.Remove(gone.Path);
        }

        foreach (TargetFacts facts in now)
        {
            if (!_targets.TryGetValue(facts.Key, out TargetObject? known))
            {
                var added = new TargetObject(facts, _control, Update);
                _targets.Add(facts.Key, added);
                _tree.Add(new BusObject(added.Path, [added.Interface]) { IsManaged = true });
                continue;
            }

            string[] changed = known.Differences(facts);
            known.Known = facts;
            if (changed.Length > 0)
            {
                _tree.PropertiesChanged(known.Path, known.Interface, changed);
            }
        }
    }

    private void UpdateSessions(IReadOnlyList<SessionFacts> now)
    {
        foreach (SessionObject gone in _sessions.Values.ExceptBy(now.Select(facts => facts.Id), session => session.Known.Id).ToArray())
        {
            _sessions.Remove(gone.Known.Id);
            _tree.Remove(gone.Path);
            Signal(TargetsObject.SessionClosed, gone);
        }

        foreach (SessionFacts facts in now)
        {
            if (!_sessions.TryGetValue(facts.Id, out SessionObject? known))
            {
                var added = new SessionObject(facts, _control);
                _sessions.Add(facts.Id, added);
                _tree.Add(new BusObject(added.Path, [added.Interface]) { IsManaged = true });
                Signal(TargetsObject.SessionOpened, added);
                continue;
            }

            bool hasChanged = !known.Known.Connections.SequenceEqual(facts.Connections);
            known.Known = facts;
            if (hasChanged)
            {
                _tree.PropertiesChanged(known.Path, known.Interface, "Connections");
            }
        }
    }

    private void Signal(BusSignal signal, SessionObject session) => _tree.Signal(
        ServiceNames.TargetsPath, ServiceNames.Targets, signal, session.Path, session.Known.TargetName, session.Known.InitiatorName);
}
