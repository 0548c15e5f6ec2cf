// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <content>Activation of realms (ZBC-2 4.3): all of what is asked for, or nothing.</content>
internal sealed partial class ZoneMachine
{
    /// <summary>Works out what a ZONE ACTIVATE would do. Changes nothing.</summary>
    /// <param name="request">What is asked for: untrusted.</param>
    /// <param name="hasRealms">Whether hosts address whole realms; otherwise any zones of a realm stand for it.</param>
    public ActivationPlan PlanActivation(ActivationRequest request, bool hasRealms)
    {
        if (request.Domain >= Layout.Domains.Length)
        {
            return ActivationPlan.Refused(ZoneError.InvalidFieldInCdb);
        }

        ZoneDomain asked = Layout.Domains[request.Domain];
        if (request.All)
        {
            return PlanRealms(asked, [.. Layout.Realms.Where(realm => realm.CanBeIn(asked.Id)).Select(realm => realm.Number)], true);
        }

        if (CheckRange(request) is not ZoneError.None and var error)
        {
            return ActivationPlan.Refused(error);
        }

        int first = Layout.ZoneOf((long)request.ZoneId);
        int end = first + (int)request.ZoneCount;
        ZoneDomain addressed = Layout.DomainOf(first)!;
        int addressedEnd = addressed.FirstZone + addressed.ZoneCount;
        int firstRealm = Layout.RealmOfZone[first];
        if (hasRealms && Layout.Realms[firstRealm].FirstZones[addressed.Id] != first)
        {
            return ActivationPlan.NotMet(UnmetPrerequisites.RealmAlignment, (long)request.ZoneId);
        }

        if (end > addressedEnd)
        {
            return Limits.Dialect == Dialect.Draft5
                ? ActivationPlan.NotMet(UnmetPrerequisites.CrossesDomain, (long)request.ZoneId)
                : ActivationPlan.NotMet(UnmetPrerequisites.CrossesDomain | UnmetPrerequisites.SeveralTypes, Layout.StartOf(addressedEnd));
        }

        if (hasRealms && request.ZoneCount % addressed.ZonesPerRealm != 0)
        {
            return ActivationPlan.NotMet(UnmetPrerequisites.RealmAlignment, (long)request.ZoneId);
        }

        // The caller may name the zones to activate, or those to deactivate for a domain that it names, too.
        ZoneDomain target = State(first).Condition == ZoneCondition.Inactive ? addressed : asked;
        int[] realms = [.. Enumerable.Range(first, end - first).Select(zone => Layout.RealmOfZone[zone]).Distinct()];
        return PlanRealms(target, realms, false);
    }

    /// <summary>Activates what was planned. The zones that come to light must read as zeros by now, or have an empty write pointer.</summary>
    public void Activate(ActivationPlan plan)
    {
        ZoneDomain target = Layout.Domains[plan.TargetDomain];
        ZoneCondition fresh = target.Type == ZoneType.Conventional ? ZoneCondition.NotWritePointer : ZoneCondition.Empty;
        foreach (int realm in plan.Realms)
        {
            ZoneDomain current = Layout.Domains[_realmDomains[realm]];
            SetConditions(realm, current, ZoneCondition.Inactive);
            SetConditions(realm, target, fresh);
            _realmDomains[realm] = (byte)target.Id;
            _observer?.RealmChanged(realm, target.Id);
        }
    }

    private ZoneError CheckRange(ActivationRequest request)
    {
        if (request.ZoneId >= (ulong)Layout.BlockCount)
        {
            return Limits.Dialect == Dialect.Draft5 ? ZoneError.InvalidFieldInCdb : ZoneError.LogicalBlockAddressOutOfRange;
        }

        int first = Layout.ZoneOf((long)request.ZoneId);
        bool isValid = request.ZoneCount > 0
            && request.ZoneCount <= Layout.ZoneCount - first
            && Layout.StartOf(first) == (long)request.ZoneId
            && Layout.TypeOf(first) != ZoneType.Gap;
        return isValid ? ZoneError.None : ZoneError.InvalidFieldInCdb;
    }

    private ActivationPlan PlanRealms(ZoneDomain target, int[] realms, bool all)
    {
        var changing = new List<int>();
        var ranges = new List<ActivationRange>();
        foreach (int number in realms)
        {
            ZoneRealm realm = Layout.Realms[number];
            ZoneDomain current = Layout.Domains[_realmDomains[number]];
            if (current.Id != target.Id)
            {
                if (!realm.CanBeIn(target.Id) || current.IsShingled == target.IsShingled)
                {
                    return ActivationPlan.NotMet(UnmetPrerequisites.Unsupported, Layout.StartOf(realm.FirstZones[current.Id]));
                }

                if (FindUnmet(realm, current, target, all) is { } unmet)
                {
                    return unmet;
                }

                changing.Add(number);
                ranges.Add(new(realm.FirstZones[current.Id], current.ZonesPerRealm, current.Id, current.Type, ZoneCondition.Inactive));
            }

            ZoneCondition condition = target.Type == ZoneType.Conventional ? ZoneCondition.NotWritePointer : ZoneCondition.Empty;
            ranges.Add(new(realm.FirstZones[target.Id], target.ZonesPerRealm, target.Id, target.Type, condition));
        }

        return new ActivationPlan
        {
            Realms = changing,
            TargetDomain = target.Id,
            Ranges = [.. ranges.OrderBy(range => range.FirstZone)],
            ZonesProcessed = (long)realms.Length * target.ZonesPerRealm,
        };
    }

    private ActivationPlan? FindUnmet(ZoneRealm realm, ZoneDomain current, ZoneDomain target, bool all)
    {
        int leaving = realm.FirstZones[current.Id];
        for (int zone = leaving; zone < leaving + current.ZonesPerRealm; zone++)
        {
            ZoneCondition condition = State(zone).Condition;
            bool isFaulty = condition is ZoneCondition.ReadOnly or ZoneCondition.Offline;
            bool isEmpty = condition is ZoneCondition.NotWritePointer or ZoneCondition.Empty or ZoneCondition.Inactive;
            if (!isEmpty && !(isFaulty && all))
            {
                return ActivationPlan.NotMet(UnmetPrerequisites.NotEmpty, Layout.StartOf(zone));
            }
        }

        int coming = realm.FirstZones[target.Id];
        for (int zone = coming; zone < coming + target.ZonesPerRealm; zone++)
        {
            if (State(zone).Condition is not (ZoneCondition.Inactive or ZoneCondition.ReadOnly or ZoneCondition.Offline))
            {
                return ActivationPlan.NotMet(UnmetPrerequisites.NotInactive, Layout.StartOf(zone));
            }
        }

        return null;
    }

    // Zones that are read-only or offline stay so.
    private void SetConditions(int realm, ZoneDomain domain, ZoneCondition condition)
    {
        int first = Layout.Realms[realm].FirstZones[domain.Id];
        for (int zone = first; zone < first + domain.ZonesPerRealm; zone++)
        {
            if (State(zone).Condition is not (ZoneCondition.ReadOnly or ZoneCondition.Offline))
            {
                Change(zone, new ZoneState(condition, 0));
            }
        }
    }
}
